// WEIR_JSON(Type, members...): makes a struct a value that is written as a JSON object, one field a member. Write it
// behind the struct, in its namespace:
//
//   struct Login { std::string ip; bool ok = false; std::int64_t at_ms = 0; };
//   WEIR_JSON(Login, ip, ok, at_ms)
//
// Members may be bool, numbers, std::string, std::optional, std::vector, std::map with text as key, and other such
// structs. Reading, a missing field keeps its default, an unknown one is ignored, one of another type makes the whole
// value undecodable.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/bytes.h"
#include "streams/dsl/serde.h"

namespace weir::streams::json {

// Appends JSON text.
void append_string(OwnedBytes& out, std::string_view text);
void append_number(OwnedBytes& out, std::int64_t number);
void append_number(OwnedBytes& out, std::uint64_t number);
void append_number(OwnedBytes& out, double number);  // null if it is not finite

// A value of a parsed document, borrowed from it.
class Value {
 public:
  explicit Value(const void* value) : value_(value) {}

  bool is_null() const;
  // True, and `into` set, if the value is of that type and fits.
  bool get(bool& into) const;
  bool get(std::int64_t& into) const;
  bool get(std::uint64_t& into) const;
  bool get(double& into) const;
  bool get(std::string& into) const;

  bool is_object() const;
  bool is_array() const;
  std::size_t size() const;  // of an object or array
  std::optional<Value> member(std::string_view name) const;
  std::pair<std::string_view, Value> member_at(std::size_t index) const;
  Value element(std::size_t index) const;

 private:
  const void* value_;
};

class Document {
 public:
  explicit Document(Bytes text);
  ~Document();
  std::optional<Value> root() const;  // nothing if the text is not JSON

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <class T>
concept Struct = requires(T& object) {
  weir_visit_members(object, [](const char*, auto&) {});
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
  static void write(OwnedBytes& out, T value) { append_number(out, static_cast<double>(value)); }
  static bool read(const Value& json, T& into) {
    double wide = 0;
    if (!json.get(wide)) return false;
    into = static_cast<T>(wide);
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
    into.resize(json.size());
    for (std::size_t i = 0; i < into.size(); ++i) {
      if (!Text<T>::read(json.element(i), into[i])) return false;
    }
    return true;
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
    for (std::size_t i = 0; i < json.size(); ++i) {
      auto [name, value] = json.member_at(i);
      if (!Text<T>::read(value, into[std::string(name)])) return false;
    }
    return true;
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
    if (!json.is_object()) return false;
    bool is_ok = true;
    weir_visit_members(into, [&](const char* name, auto& member) {
      auto field = json.member(name);
      if (field && is_ok) is_ok = Text<std::remove_cvref_t<decltype(member)>>::read(*field, member);
    });
    return is_ok;
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
#define WEIR_JSON_VISIT(member) visit(#member, object.member);

#define WEIR_JSON(Type, ...)                                                               \
  template <class Object, class Visit>                                                     \
  requires std::same_as<std::remove_const_t<Object>, Type>                                 \
  [[maybe_unused]] void weir_visit_members(Object& object, [[maybe_unused]] Visit visit) { \
    WEIR_JSON_EACH(WEIR_JSON_VISIT, __VA_ARGS__)                                           \
  }
