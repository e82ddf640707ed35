#include "log/expression/lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace weir::expression {

namespace {

constexpr std::array<std::string_view, 22> kSigns{"->>", "->", "<=", ">=", "<>", "!=", "==", "(", ")", "{", "}",
                                                  ",",   "+",  "-",  "*",  "/",  "?",  "|",  "!", "<", ">", "="};

bool begins_word(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
  });
}

Result<> Lexer::advance() {
  while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  const std::size_t begin = at_;
  now_ = {.at = begin};
  if (at_ == text_.size()) return {};
  const auto take = [&](Token::Kind kind, auto belongs) {
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    now_.kind = kind;
    now_.text = text_.substr(begin, at_ - begin);
  };
  if (begins_word(text_[at_])) {
    take(Token::Kind::word, is_in_word);
    return {};
  }
  if (is_digit(text_[at_])) {
    take(Token::Kind::number, [](char c) { return is_digit(c) || c == '.'; });
    return {};
  }
  if (text_[at_] == '\'') {
    now_.kind = Token::Kind::text;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '\'') {
        now_.text += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {  // a quote in a text is written twice
        now_.text += text_[++at_];
      } else {
        ++at_;
        return {};
      }
    }
    return wrong_at(begin, "a text that does not end: there is no second quote");
  }
  if (text_[at_] == '.') {
    ++at_;
    now_.kind = Token::Kind::sign;
    now_.text = ".";
    return {};
  }
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(),
                                 [&](std::string_view one) { return text_.substr(at_).starts_with(one); });
  if (sign == kSigns.end()) return wrong_at(begin, std::string("'") + text_[at_] + "' has no meaning here");
  at_ += sign->size();
  now_.kind = Token::Kind::sign;
  now_.text = *sign;
  return {};
}

tl::unexpected<Error> Lexer::wrong(const std::string& what) const {
  if (now_.kind == Token::Kind::wrong) return fail(ErrorCode::invalid_argument, now_.text);
  return wrong_at(now_.at, what);
}

tl::unexpected<Error> Lexer::wrong_at(std::size_t at, const std::string& what) const {
  const std::string_view before = text_.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return fail(ErrorCode::invalid_argument,
              "line " + std::to_string(line) + ", column " + std::to_string(at - begin + 1) + ": " + what);
}

bool Lexer::is_word(std::string_view word) const {
  return now_.kind == Token::Kind::word && is_same_word(now_.text, word);
}

// What is wrong behind it is said where it is looked at.
bool Lexer::pass() {
  if (auto next = advance(); !next) {
    now_ = {Token::Kind::wrong, next.error().detail, at_};
  }
  return true;
}

bool Lexer::take_word(std::string_view word) {
  return is_word(word) && pass();
}

bool Lexer::take_sign(std::string_view sign) {
  return is_sign(sign) && pass();
}

Result<> Lexer::expect_word(std::string_view word) {
  if (!is_word(word)) return wrong(std::string(word) + " was expected, not " + shown());
  return advance();
}

Result<> Lexer::expect_sign(std::string_view sign) {
  if (!is_sign(sign)) return wrong("'" + std::string(sign) + "' was expected, not " + shown());
  return advance();
}

std::string Lexer::shown() const {
  switch (now_.kind) {
    case Token::Kind::end:
      return "the end";
    case Token::Kind::text:
      return "the text '" + now_.text + "'";
    case Token::Kind::wrong:
    case Token::Kind::word:
    case Token::Kind::number:
    case Token::Kind::sign:
      break;
  }
  return "'" + now_.text + "'";
}

}  // namespace weir::expression
