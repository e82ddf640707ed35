#include "streams/dsl/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <boost/json.hpp>

namespace weir::streams::json {

namespace {

const boost::json::value& of(const void* value) {
  return *static_cast<const boost::json::value*>(value);
}

template <class Number>
void append(OwnedBytes& out, Number number) {
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace

void append_string(OwnedBytes& out, std::string_view text) {
  if (std::none_of(text.begin(), text.end(), needs_escape)) {
    out.push_back('"');
    out.append(text);
    out.push_back('"');
  } else {
    out.append(boost::json::serialize(boost::json::string_view(text.data(), text.size())));
  }
}

void append_number(OwnedBytes& out, std::int64_t number) {
  append(out, number);
}
void append_number(OwnedBytes& out, std::uint64_t number) {
  append(out, number);
}
void append_number(OwnedBytes& out, double number) {
  if (std::isfinite(number)) {
    append(out, number);
  } else {
    out.append("null");  // JSON has no other word for it
  }
}

bool Value::is_null() const {
  return of(value_).is_null();
}

bool Value::get(bool& into) const {
  const bool* value = of(value_).if_bool();
  if (value == nullptr) return false;
  into = *value;
  return true;
}

bool Value::get(std::int64_t& into) const {
  boost::json::error_code error;
  into = of(value_).to_number<std::int64_t>(error);
  return !error;
}

bool Value::get(std::uint64_t& into) const {
  boost::json::error_code error;
  into = of(value_).to_number<std::uint64_t>(error);
  return !error;
}

bool Value::get(double& into) const {
  boost::json::error_code error;
  into = of(value_).to_number<double>(error);
  return !error;
}

bool Value::get(std::string& into) const {
  const boost::json::string* value = of(value_).if_string();
  if (value == nullptr) return false;
  into.assign(value->data(), value->size());
  return true;
}

bool Value::is_object() const {
  return of(value_).is_object();
}
bool Value::is_array() const {
  return of(value_).is_array();
}

std::size_t Value::size() const {
  const auto& value = of(value_);
  return value.is_object() ? value.get_object().size() : value.get_array().size();
}

std::optional<Value> Value::member(std::string_view name) const {
  const auto* found = of(value_).get_object().if_contains(boost::json::string_view(name.data(), name.size()));
  if (found == nullptr) return std::nullopt;
  return Value(found);
}

std::pair<std::string_view, Value> Value::member_at(std::size_t index) const {
  const auto& member = *std::next(of(value_).get_object().begin(), static_cast<std::ptrdiff_t>(index));
  return {std::string_view(member.key().data(), member.key().size()), Value(&member.value())};
}

Value Value::element(std::size_t index) const {
  return Value(&of(value_).get_array()[index]);
}

struct Document::Impl {
  std::array<unsigned char, 2048> room;  // enough for most documents
  boost::json::monotonic_resource arena{room.data(), room.size()};
  std::optional<boost::json::value> root;  // in arena
};

Document::Document(Bytes text) : impl_(std::make_unique<Impl>()) {
  boost::json::error_code error;
  impl_->root.emplace(boost::json::parse({text.data(), text.size()}, error, &impl_->arena));
  if (error) impl_->root.reset();
}

Document::~Document() = default;

std::optional<Value> Document::root() const {
  if (!impl_->root) return std::nullopt;
  return Value(&*impl_->root);
}

}  // namespace weir::streams::json
