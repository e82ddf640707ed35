// JsonDocument: JSON text that was read: checked from its first byte to its last, numbers kept as they stand.
//
// simdjson finds the structure, checks UTF-8 and resolves escapes; a number is its text until somebody asks for a type,
// and then the nearest double (std::from_chars), or a 64-bit integer to the unit. So nothing that only passes through
// is rounded, and numbers beyond every type are still JSON.
//
// The values lie in one run, a container before what it holds:  {"a":[1,2]}  is  object "a" array 1 2. A value knows
// how many places it takes, so that its neighbour is found without looking inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir {

// A value of a document, borrowed from it.
class JsonValue {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::null; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_object() const { return kind_ == Kind::object; }

  // Of a number, its digits; of a string, what it means; of an array or object, its JSON; "true", "false", "null".
  std::string_view text() const { return text_; }

  // True, and `into` set, if the value is of that type and fits. 2.0 and 2e0 are integers too; what is beyond the
  // doubles is none, what is smaller than the smallest is zero.
  bool get(bool& into) const;
  bool get(std::int64_t& into) const;
  bool get(std::uint64_t& into) const;
  bool get(double& into) const;
  bool get(float& into) const;
  bool get(std::string& into) const;

  // What an array or object holds, from the first on: `for (const auto* v = a.first(); v != a.end(); v = v->next())`.
  // In an object names and values alternate.
  const JsonValue* first() const { return this + 1; }
  const JsonValue* end() const { return this + places_; }
  const JsonValue* next() const { return this + places_; }
  std::size_t size() const { return size_; }  // elements, or members

  // Of an object: the member of that name, the last one if it is there twice; nullptr if there is none.
  const JsonValue* member(std::string_view name) const;

 private:
  friend class JsonBuilder;

  std::string_view text_;
  std::uint32_t size_ = 0;
  std::uint32_t places_ = 1;  // this value, and all inside
  Kind kind_ = Kind::null;
};

class JsonDocument {
 public:
  static constexpr int kMostNested = 1024;

  // corrupt_data says what is no JSON and about where: "not JSON: a string that does not end, at byte 12".
  static Result<JsonDocument> parse(Bytes text);

  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;

  const JsonValue& root() const;

 private:
  struct Impl;
  explicit JsonDocument(std::unique_ptr<Impl> impl);
  static std::unique_ptr<Impl> take();

  std::unique_ptr<Impl> impl_;  // buffers that a thread uses again
};

// JSON without the blanks and line ends between its tokens; numbers and strings stay as they stand. Precondition: it
// is JSON.
std::string compact_json(std::string_view json);

}  // namespace weir
