#include "streams/dsl/json.h"

#include <cmath>

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::streams::json {

namespace {

const JsonValue& of(const void* value) {
  return *static_cast<const JsonValue*>(value);
}

template <class Number>
void append_if_finite(OwnedBytes& out, Number number) {
  if (std::isfinite(number)) {
    append_json_number(number == 0 ? Number{0} : number, out);  // equal values have equal texts
  } else {
    out.append("null");
  }
}

}  // namespace

void append_string(OwnedBytes& out, std::string_view text) {
  append_json_string(text, out);
}
void append_number(OwnedBytes& out, std::int64_t number) {
  append_json_number(number, out);
}
void append_number(OwnedBytes& out, std::uint64_t number) {
  append_json_number(number, out);
}
void append_number(OwnedBytes& out, double number) {
  append_if_finite(out, number);
}
void append_number(OwnedBytes& out, float number) {
  append_if_finite(out, number);
}

bool Value::is_null() const {
  return of(value_).is_null();
}
bool Value::get(bool& into) const {
  return of(value_).get(into);
}
bool Value::get(std::int64_t& into) const {
  return of(value_).get(into);
}
bool Value::get(std::uint64_t& into) const {
  return of(value_).get(into);
}
bool Value::get(double& into) const {
  return of(value_).get(into);
}
bool Value::get(float& into) const {
  return of(value_).get(into);
}
bool Value::get(std::string& into) const {
  return of(value_).get(into);
}

bool Value::is_object() const {
  return of(value_).is_object();
}
bool Value::is_array() const {
  return of(value_).is_array();
}
std::size_t Value::size() const {
  return of(value_).size();
}

Value Value::first() const {
  return Value(of(value_).first());
}
Value Value::end() const {
  return Value(of(value_).end());
}
Value Value::next() const {
  return Value(of(value_).next());
}
std::string_view Value::text() const {
  return of(value_).text();
}

struct Document::Impl {
  Result<JsonDocument> parsed;
};

Document::Document(Bytes text) : impl_(std::make_unique<Impl>(Impl{JsonDocument::parse(text)})) {}

Document::~Document() = default;

std::optional<Value> Document::root() const {
  if (!impl_->parsed) return std::nullopt;
  return Value(&impl_->parsed->root());
}

}  // namespace weir::streams::json
