#include "log/base/json_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#define SIMDJSON_EXCEPTIONS 0  // every error is a value
#include <simdjson.h>

namespace weir {

namespace {

namespace on_demand = simdjson::ondemand;

constexpr std::size_t kMostKept = 1 << 20;  // bytes of a document whose buffers are kept for the next
constexpr std::size_t kMostSpare = 4;       // documents that a thread keeps: some are read inside others

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at > begin;
  };
  if (at < text.size() && text[at] == '-') ++at;
  const bool starts_with_zero = at < text.size() && text[at] == '0';
  if (starts_with_zero) {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

// Whether a number that is no double is one because it is too small: its first digit that counts, moved by its
// exponent, stands behind the point.
bool is_below_doubles(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::size_t point = std::min(number.find('.'), e);
  const std::size_t first = number.find_first_of("123456789");
  if (first >= e) return true;  // zero
  std::int64_t exponent = 0;
  if (e < number.size()) {
    std::string_view digits = number.substr(e + 1);
    if (digits.front() == '+') digits.remove_prefix(1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec != std::errc{}) {
      return digits.front() == '-';
    }
  }
  return static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first) + exponent < 0;
}

template <class Number>
bool read_floating(std::string_view text, Number& into) {
  Number value{};
  auto error = std::from_chars(text.data(), text.data() + text.size(), value).ec;
  if (error == std::errc::result_out_of_range && is_below_doubles(text)) {
    value = text.front() == '-' ? -Number{0} : Number{0};
  } else if (error != std::errc{} || !std::isfinite(value)) {
    return false;
  }
  into = value;
  return true;
}

template <class Number>
bool read_integer(std::string_view text, Number& into) {
  Number value{};
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc{} && stopped == end) {
    into = value;
    return true;
  }
  if (error == std::errc{} || text == "-0") {  // 2.0, 2e3: whole numbers too
    double whole = 0;
    // 2^63 or 2^64, which the double is below
    const double limit = std::ldexp(1.0, std::numeric_limits<Number>::digits);
    const double least = std::is_signed_v<Number> ? -limit : 0;
    if (!read_floating(text, whole) || whole != std::floor(whole) || whole < least || whole >= limit) return false;
    into = static_cast<Number>(whole);
    return true;
  }
  return false;
}

// In plain words; the library's own speak of its insides.
std::string_view words_for(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "bytes that are not UTF-8";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a string";
    case simdjson::UNCLOSED_STRING:
      return "a string that does not end";
    case simdjson::STRING_ERROR:
      return "an escape in a string that means no character";
    case simdjson::EMPTY:
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "it ends too early";
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
      return "more than there is memory for";
    default:
      return "a character that is not expected here";
  }
}

}  // namespace

bool JsonValue::get(bool& into) const {
  if (kind_ != Kind::boolean) return false;
  into = text_ == "true";
  return true;
}
bool JsonValue::get(std::int64_t& into) const {
  return kind_ == Kind::number && read_integer(text_, into);
}
bool JsonValue::get(std::uint64_t& into) const {
  return kind_ == Kind::number && read_integer(text_, into);
}
bool JsonValue::get(double& into) const {
  return kind_ == Kind::number && read_floating(text_, into);
}
bool JsonValue::get(float& into) const {
  return kind_ == Kind::number && read_floating(text_, into);
}
bool JsonValue::get(std::string& into) const {
  if (kind_ != Kind::string) return false;
  into.assign(text_);
  return true;
}

const JsonValue* JsonValue::member(std::string_view name) const {
  const JsonValue* found = nullptr;
  for (const JsonValue* at = first(); at != end(); at = at->next()->next()) {
    if (at->text_ == name) found = at->next();
  }
  return found;
}

struct JsonDocument::Impl {
  on_demand::parser parser;  // holds the strings that had escapes resolved
  std::string text;          // '[', the document, ']' and room for the parser to read beyond
  std::vector<JsonValue> values;
};

// Walks the parser's cursor over a whole document. Every value is looked at, so that nothing is left unchecked.
class JsonBuilder {
 public:
  JsonBuilder(on_demand::document& document, std::vector<JsonValue>& values) : document_(document), values_(values) {}

  // The document stands between '[' and ']' that are not its own, so that a single number is read as any other value.
  simdjson::error_code build() {
    on_demand::array wrapped;
    if (auto error = document_.get_array().get(wrapped)) return error;
    std::size_t count = 0;
    for (auto element : wrapped) {
      on_demand::value value;
      if (auto error = element.get(value)) return error;
      if (auto error = ++count > 1 ? simdjson::TAPE_ERROR : add(value, JsonDocument::kMostNested)) return error;
    }
    if (count == 0) return simdjson::EMPTY;
    const char* behind = nullptr;
    return document_.current_location().get(behind) ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
  }

  bool is_too_deep() const { return is_too_deep_; }

 private:
  simdjson::error_code add(on_demand::value json, int depth) {
    on_demand::json_type type{};
    if (auto error = json.type().get(type)) return error;
    const std::size_t place = values_.size();
    values_.emplace_back();
    switch (type) {
      case on_demand::json_type::array:
        return add_container<on_demand::array>(json, place, depth);
      case on_demand::json_type::object:
        return add_container<on_demand::object>(json, place, depth);
      case on_demand::json_type::string:
        values_[place].kind_ = JsonValue::Kind::string;
        return json.get_string().get(values_[place].text_);
      case on_demand::json_type::number:
        return add_number(json, place);
      case on_demand::json_type::boolean: {
        bool is = false;
        if (auto error = json.get_bool().get(is)) return error;
        set(place, JsonValue::Kind::boolean, is ? "true" : "false");
        return simdjson::SUCCESS;
      }
      case on_demand::json_type::null:
        if (bool is = false; json.is_null().get(is) || !is) return simdjson::N_ATOM_ERROR;
        set(place, JsonValue::Kind::null, "null");
        return simdjson::SUCCESS;
    }
    return simdjson::TAPE_ERROR;
  }

  void set(std::size_t place, JsonValue::Kind kind, std::string_view text) {
    values_[place].kind_ = kind;
    values_[place].text_ = text;
  }

  simdjson::error_code add_number(on_demand::value& json, std::size_t place) {
    std::string_view token = json.raw_json_token();  // up to the next token: blanks too
    token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
    if (!is_number(token)) return simdjson::NUMBER_ERROR;
    set(place, JsonValue::Kind::number, token);
    return simdjson::SUCCESS;
  }

  simdjson::error_code get(on_demand::value& json, on_demand::array& array) { return json.get_array().get(array); }
  simdjson::error_code get(on_demand::value& json, on_demand::object& object) { return json.get_object().get(object); }

  template <class Container>
  simdjson::error_code add_container(on_demand::value& json, std::size_t place, int depth) {
    is_too_deep_ = depth == 0;
    if (is_too_deep_) return simdjson::DEPTH_ERROR;
    const char* begin = json.raw_json_token().data();
    Container container;
    if (auto error = get(json, container)) return error;
    std::uint32_t size = 0;
    for (auto element : container) {
      if (auto error = add_element(element, depth - 1)) return error;
      ++size;
    }
    const char* behind = nullptr;  // the next token; blanks may stand before it
    if (auto error = document_.current_location().get(behind)) return error;
    while (behind[-1] != ']' && behind[-1] != '}') --behind;
    set(place, std::is_same_v<Container, on_demand::array> ? JsonValue::Kind::array : JsonValue::Kind::object,
        {begin, static_cast<std::size_t>(behind - begin)});
    values_[place].size_ = size;
    values_[place].places_ = static_cast<std::uint32_t>(values_.size() - place);
    return simdjson::SUCCESS;
  }

  simdjson::error_code add_element(simdjson::simdjson_result<on_demand::value> element, int depth) {
    on_demand::value value;
    if (auto error = element.get(value)) return error;
    return add(value, depth);
  }

  simdjson::error_code add_element(simdjson::simdjson_result<on_demand::field> member, int depth) {
    on_demand::field field;
    if (auto error = std::move(member).get(field)) return error;
    std::string_view name;
    if (auto error = field.unescaped_key().get(name)) return error;
    values_.emplace_back();
    set(values_.size() - 1, JsonValue::Kind::string, name);
    return add(field.value(), depth);
  }

  on_demand::document& document_;
  std::vector<JsonValue>& values_;
  bool is_too_deep_ = false;
};

namespace {

// Documents whose buffers are free, of one thread.
template <class Impl>
std::vector<std::unique_ptr<Impl>>& spare() {
  thread_local std::vector<std::unique_ptr<Impl>> documents;
  return documents;
}

}  // namespace

std::unique_ptr<JsonDocument::Impl> JsonDocument::take() {
  auto& free = spare<Impl>();
  if (free.empty()) return std::make_unique<Impl>();
  auto impl = std::move(free.back());
  free.pop_back();
  return impl;
}

JsonDocument::JsonDocument(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

JsonDocument::~JsonDocument() {
  if (impl_ == nullptr || impl_->text.size() > kMostKept) return;
  auto& free = spare<Impl>();
  if (free.size() < kMostSpare) free.push_back(std::move(impl_));
}

const JsonValue& JsonDocument::root() const {
  return impl_->values.front();
}

Result<JsonDocument> JsonDocument::parse(Bytes text) {
  JsonDocument document(take());
  Impl& impl = *document.impl_;
  impl.values.clear();
  impl.text.clear();
  impl.text.reserve(text.size() + 2 + simdjson::SIMDJSON_PADDING);
  impl.text.push_back('[');
  impl.text.append(text);
  impl.text.push_back(']');
  on_demand::document cursor;
  auto error = impl.parser.iterate(impl.text.data(), impl.text.size(), impl.text.capacity()).get(cursor);
  std::string place;
  if (!error) {
    JsonBuilder builder(cursor, impl.values);
    error = builder.build();
    if (!error) return document;
    if (builder.is_too_deep()) {
      return fail(ErrorCode::corrupt_data, "JSON that is nested deeper than " + std::to_string(kMostNested));
    }
    const char* at = nullptr;
    if (!cursor.current_location().get(at)) {
      const auto byte = std::clamp<std::ptrdiff_t>(at - impl.text.data() - 1, 0, std::ptrdiff_t(text.size()));
      place = ", near byte " + std::to_string(byte);
    }
  }
  return fail(ErrorCode::corrupt_data, "not JSON: " + std::string(words_for(error)) + place);
}

std::string compact_json(std::string_view json) {
  std::string compact;
  compact.reserve(json.size());
  bool is_in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (is_in_string) {
      compact.push_back(c);
      if (c == '\\') compact.push_back(json[++i]);
      if (c == '"') is_in_string = false;
    } else if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      compact.push_back(c);
      is_in_string = c == '"';
    }
  }
  return compact;
}

}  // namespace weir
