// TextValue: what an expression about events comes to: nothing (null), a truth, a number or a text. FieldTable: the
// fields of an event that expressions may name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::streams::cep {

enum class TextKind : std::uint8_t { null, truth, number, text };

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
  TextValue (*read)(const void* member);
};

class FieldTable {
 public:
  void add(Field field) { fields_.push_back(std::move(field)); }
  const Field* find(std::string_view name) const {
    for (const Field& field : fields_) {
      if (field.name == name) return &field;
    }
    return nullptr;
  }
  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

inline TextValue read(const Field& field, const void* event) {
  return field.read(static_cast<const char*>(event) + field.offset);
}

}  // namespace weir::streams::cep
