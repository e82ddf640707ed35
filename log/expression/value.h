// TextValue: what an expression about events comes to: nothing (null), a truth, a number or a text. FieldTable: the
// fields of an event that expressions may name: those of a struct, or, of a table that is open, any: what they are is
// known when they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace weir::expression {

// `any`: of an expression whose kind is known when it is asked only. A value is never that.
enum class TextKind : std::uint8_t { null, truth, number, text, any };

struct TextValue {
  TextKind kind = TextKind::null;
  double number = 0;           // of a truth 0 or 1; whole numbers are exact up to 2^53
  std::string_view text = {};  // borrowed from the event or the expression

  static TextValue of(bool truth) { return {TextKind::truth, truth ? 1.0 : 0.0}; }
  static TextValue of(double number) { return {TextKind::number, number}; }
  static TextValue of(std::string_view text) { return {TextKind::text, 0, text}; }
  bool is_true() const { return kind == TextKind::truth && number != 0; }
};

struct Field {
  std::string name;
  TextKind kind;
  std::size_t offset;  // in the event
  TextValue (*read)(const void* member, const Field& field);
};

class FieldTable {
 public:
  using ReadAny = TextValue (*)(const void* event, const Field& field);

  FieldTable() = default;
  // An open one: every name is a field, which `read_any` reads of an event.
  explicit FieldTable(ReadAny read_any) : read_any_(read_any) {}

  void add(Field field) { fields_.push_back(std::move(field)); }
  // Null: there is no such field. It stays where it is.
  const Field* find(std::string_view name) const {
    for (const Field& field : fields_) {
      if (field.name == name) return &field;
    }
    if (read_any_ == nullptr) return nullptr;
    return &fields_.emplace_back(Field{std::string(name), TextKind::any, 0, read_any_});
  }
  bool is_open() const { return read_any_ != nullptr; }
  const std::deque<Field>& fields() const { return fields_; }

 private:
  ReadAny read_any_ = nullptr;
  mutable std::deque<Field> fields_;  // of an open one those that were asked for; one thread asks
};

inline TextValue read(const Field& field, const void* event) {
  return field.read(static_cast<const char*>(event) + field.offset, field);
}

// What a condition demands of an event, among other things: that a field is one of these values. So it can be found
// without being asked.
struct Equality {
  struct Value {
    TextKind kind;
    double number;
    std::string text;
  };

  std::string field;
  std::vector<Value> values;
};

}  // namespace weir::expression
