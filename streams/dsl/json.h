// WEIR_JSON(Type, members...): makes a struct a value that is written as a JSON object, one field a member. Write it
// behind the struct, in its namespace:
//
//   struct Login { std::string ip; bool ok = false; std::int64_t at_ms = 0; };
//   WEIR_JSON(Login, ip, ok, at_ms)
//
// Members may be bool, numbers, std::string, std::optional, std::vector, std::map with text as key, and other such
// structs. Reading, a missing field keeps its default, an unknown one is ignored, of one that is there twice the last
// counts, and one of another type makes the whole value undecodable. Integers of 64 bits are exact, other numbers the
// nearest that the member can be; written, a number is the shortest text that reads back as it. What is not finite is
// written as null, and null reads as NaN. Texts are UTF-8; bytes that are not are written as U+FFFD.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "streams/dsl/serde.h"

namespace weir::streams::json {

// Appends JSON text. Bytes that are not UTF-8 become U+FFFD, one each; a number is the shortest text that reads back as
// it, 0 for both zeros, and null if it is not finite, for JSON has no other word for that.
void append_string(OwnedBytes& out, std::string_view text);
void append_number(OwnedBytes& out, std::int64_t number);
void append_number(OwnedBytes& out, std::uint64_t number);
void append_number(OwnedBytes& out, double number);
void append_number(OwnedBytes& out, float number);

// A value of a parsed document, borrowed from it.
class Value {
 public:
  explicit Value(const void* value) : value_(value) {}

  bool is_null() const;
  // True, and `into` set, if the value is of that type and fits: integers to the unit, else the nearest number.
  bool get(bool& into) const;
  bool get(std::int64_t& into) const;
  bool get(std::uint64_t& into) const;
  bool get(double& into) const;
  bool get(float& into) const;
  bool get(std::string& into) const;

  bool is_object() const;
  bool is_array() const;
  std::size_t size() const;  // of an object or array

  // Calls `visit(Value)` for each element of an array, `visit(name, Value)` for each member of an object, as they stand
  // in the text, until it returns false. Whether it never did.
  template <class Visit>
  bool for_each_element(Visit visit) const {
    for (Value at = first(), behind = end(); at.value_ != behind.value_; at = at.next()) {
      if (!visit(at)) return false;
    }
    return true;
  }
  template <class Visit>
  bool for_each_member(Visit visit) const {
    for (Value at = first(), behind = end(); at.value_ != behind.value_; at = at.next().next()) {
      if (!visit(at.text(), at.next())) return false;
    }
    return true;
  }

 private:
  Value first() const;
  Value end() const;
  Value next() const;
  std::string_view text() const;

  const void* value_;
};

// A text that was read; nested up to 1,024 deep.
class Document {
 public:
  explicit Document(Bytes text);
  ~Document();
  std::optional<Value> root() const;  // nothing if the text is not JSON

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Stands for whoever visits, in the concept below.
struct AnyVisitor {
  template <class Member>
  void operator()(const char*, Member&) const {}
};

template <class T>
concept Struct = std::is_class_v<T> && requires(T& object) {
  weir_visit_members(object, AnyVisitor{});
};

template <class T>
struct Text;  // how members of type T are written and read

template <>
struct Text<bool> {
  static void write(OwnedBytes& out, bool value) { out.append(value ? "true" : "false"); }
  static bool read(const Value& json, bool& into) { return json.get(into); }
};

template <std::integral T>
struct Text<T> {
  using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  static void write(OwnedBytes& out, T value) { append_number(out, static_cast<Wide>(value)); }
  static bool read(const Value& json, T& into) {
    Wide wide = 0;
    if (!json.get(wide) || wide < Wide{std::numeric_limits<T>::min()} || wide > Wide{std::numeric_limits<T>::max()})
      return false;
    into = static_cast<T>(wide);
    return true;
  }
};

template <std::floating_point T>
struct Text<T> {
  using Read = std::conditional_t<std::same_as<T, float>, float, double>;
  static void write(OwnedBytes& out, T value) { append_number(out, static_cast<Read>(value)); }
  static bool read(const Value& json, T& into) {
    Read read = std::numeric_limits<Read>::quiet_NaN();  // which null stands for, as it is written
    if (!json.is_null() && !json.get(read)) return false;
    into = static_cast<T>(read);
    return true;
  }
};

template <>
struct Text<std::string> {
  static void write(OwnedBytes& out, const std::string& value) { append_string(out, value); }
  static bool read(const Value& json, std::string& into) { return json.get(into); }
};

template <class T>
struct Text<std::optional<T>> {
  static void write(OwnedBytes& out, const std::optional<T>& value) {
    if (value) {
      Text<T>::write(out, *value);
    } else {
      out.append("null");
    }
  }
  static bool read(const Value& json, std::optional<T>& into) {
    into.reset();
    return json.is_null() || Text<T>::read(json, into.emplace());
  }
};

template <class T>
struct Text<std::vector<T>> {
  static void write(OwnedBytes& out, const std::vector<T>& values) {
    out.push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out.push_back(',');
      Text<T>::write(out, values[i]);
    }
    out.push_back(']');
  }
  static bool read(const Value& json, std::vector<T>& into) {
    into.clear();
    if (!json.is_array()) return false;
    into.reserve(json.size());
    return json.for_each_element([&](const Value& element) {
      T value{};
      if (!Text<T>::read(element, value)) return false;
      into.push_back(std::move(value));
      return true;
    });
  }
};

template <class T>
struct Text<std::map<std::string, T>> {
  static void write(OwnedBytes& out, const std::map<std::string, T>& values) {
    char separator = '{';
    for (const auto& [name, value] : values) {
      out.push_back(separator);
      append_string(out, name);
      out.push_back(':');
      Text<T>::write(out, value);
      separator = ',';
    }
    out.append(values.empty() ? "{}" : "}");
  }
  static bool read(const Value& json, std::map<std::string, T>& into) {
    into.clear();
    if (!json.is_object()) return false;
    return json.for_each_member(
        [&](std::string_view name, const Value& value) { return Text<T>::read(value, into[std::string(name)]); });
  }
};

template <Struct T>
struct Text<T> {
  static void write(OwnedBytes& out, const T& object) {
    char separator = '{';
    weir_visit_members(object, [&](const char* name, const auto& member) {
      out.push_back(separator);
      append_string(out, name);
      out.push_back(':');
      Text<std::remove_cvref_t<decltype(member)>>::write(out, member);
      separator = ',';
    });
    if (separator == '{') out.push_back('{');
    out.push_back('}');
  }
  static bool read(const Value& json, T& into) {
    into = T{};
    return json.is_object() && json.for_each_member([&](std::string_view name, const Value& value) {
      bool is_ok = true;
      weir_visit_members(into, [&](std::string_view known, auto& member) {
        if (known == name) is_ok = Text<std::remove_cvref_t<decltype(member)>>::read(value, member);
      });
      return is_ok;
    });
  }
};

// The whole of a value as JSON text.
template <class T>
std::string to_json(const T& value) {
  OwnedBytes out;
  Text<T>::write(out, value);
  return out;
}

}  // namespace weir::streams::json

namespace weir::streams {

template <json::Struct T>
struct Serde<T> {
  static bool decode(Bytes bytes, T& reuse) {
    json::Document document(bytes);
    auto root = document.root();
    return root && json::Text<T>::read(*root, reuse);
  }
  static Bytes encode(const T& object, OwnedBytes& scratch) {
    scratch.clear();
    json::Text<T>::write(scratch, object);
    return scratch;
  }
};

}  // namespace weir::streams

// WEIR_JSON_EACH(macro, a, b, c) -> macro(a) macro(b) macro(c), for up to 256 arguments: each pass of EXPAND resumes
// the recursion that the preprocessor stopped.
#define WEIR_JSON_PARENS ()
#define WEIR_JSON_EXPAND(...) WEIR_JSON_EXPAND4(WEIR_JSON_EXPAND4(WEIR_JSON_EXPAND4(WEIR_JSON_EXPAND4(__VA_ARGS__))))
#define WEIR_JSON_EXPAND4(...) WEIR_JSON_EXPAND3(WEIR_JSON_EXPAND3(WEIR_JSON_EXPAND3(WEIR_JSON_EXPAND3(__VA_ARGS__))))
#define WEIR_JSON_EXPAND3(...) WEIR_JSON_EXPAND2(WEIR_JSON_EXPAND2(WEIR_JSON_EXPAND2(WEIR_JSON_EXPAND2(__VA_ARGS__))))
#define WEIR_JSON_EXPAND2(...) WEIR_JSON_EXPAND1(WEIR_JSON_EXPAND1(WEIR_JSON_EXPAND1(WEIR_JSON_EXPAND1(__VA_ARGS__))))
#define WEIR_JSON_EXPAND1(...) __VA_ARGS__
#define WEIR_JSON_EACH(macro, ...) __VA_OPT__(WEIR_JSON_EXPAND(WEIR_JSON_EACH_STEP(macro, __VA_ARGS__)))
#define WEIR_JSON_EACH_STEP(macro, first, ...) \
  macro(first) __VA_OPT__(WEIR_JSON_EACH_AGAIN WEIR_JSON_PARENS(macro, __VA_ARGS__))
#define WEIR_JSON_EACH_AGAIN() WEIR_JSON_EACH_STEP
#define WEIR_JSON_VISIT(member) weir_json_visit(#member, weir_json_object.member);

// The names of its own begin with weir_json, so that a struct or a member may be called anything else.
#define WEIR_JSON(Type, ...)                                                                 \
  template <class WeirJsonObject, class WeirJsonVisit>                                       \
  requires ::std::same_as<::std::remove_const_t<WeirJsonObject>, Type>                       \
  [[maybe_unused]] void weir_visit_members(WeirJsonObject& weir_json_object,                 \
                                           [[maybe_unused]] WeirJsonVisit weir_json_visit) { \
    WEIR_JSON_EACH(WEIR_JSON_VISIT, __VA_ARGS__)                                             \
  }
