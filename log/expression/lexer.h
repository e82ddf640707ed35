// Lexer: a text (an expression, a pattern, a rule) in words and signs, each with its place, for messages.
#pragma once

#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir::expression {

struct Token {
  enum class Kind { word, number, text, sign, end, wrong };

  Kind kind = Kind::end;
  std::string text = {};  // of a text what it says; of what is none, why
  std::size_t at = 0;     // where it begins
};

class Lexer {
 public:
  // The text is borrowed.
  explicit Lexer(std::string_view text) : text_(text) {}

  // To the first one.
  Result<> start() { return advance(); }
  const Token& now() const { return now_; }
  // The next one; an error if there is none that could be.
  Result<> advance();
  // invalid_argument: "line 2, column 5: ...".
  tl::unexpected<Error> wrong(const std::string& what) const;
  tl::unexpected<Error> wrong_at(std::size_t at, const std::string& what) const;

  // Words of the language are known in capitals and in small letters.
  bool is_word(std::string_view word) const;
  bool is_sign(std::string_view sign) const { return now_.kind == Token::Kind::sign && now_.text == sign; }
  // Takes it if it is there.
  bool take_word(std::string_view word);
  bool take_sign(std::string_view sign);
  Result<> expect_word(std::string_view word);
  Result<> expect_sign(std::string_view sign);
  // As it is shown in messages.
  std::string shown() const;

 private:
  bool pass();

  std::string_view text_;
  std::size_t at_ = 0;
  Token now_;
};

bool is_same_word(std::string_view a, std::string_view b);

}  // namespace weir::expression
