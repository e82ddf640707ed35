#include "streams/dsl/json_event.h"

#include <algorithm>

#include "log/base/json_reader.h"

namespace weir::streams {

bool JsonEvent::read(std::string_view json) {
  auto document = JsonDocument::parse(json);
  if (!document) return false;
  json_ = json;
  fields_.clear();
  if (document->root().is_object()) collect(&document->root(), "", fields_);
  std::stable_sort(fields_.begin(), fields_.end(), [](const Scalar& a, const Scalar& b) { return a.name < b.name; });
  return true;
}

void JsonEvent::collect(const void* object, const std::string& prefix, std::vector<Scalar>& into) {
  const JsonValue& json = *static_cast<const JsonValue*>(object);
  for (const JsonValue* name = json.first(); name != json.end(); name = name->next()->next()) {
    const JsonValue& value = *name->next();
    Scalar scalar{prefix + std::string(name->text()), cep::TextKind::null};
    bool is_true = false;
    switch (value.kind()) {
      case JsonValue::Kind::object:
        collect(&value, scalar.name + ".", into);
        continue;
      case JsonValue::Kind::array:
      case JsonValue::Kind::null:
        break;
      case JsonValue::Kind::boolean:
        scalar.kind = cep::TextKind::truth;
        if (value.get(is_true)) scalar.number = is_true ? 1 : 0;
        break;
      case JsonValue::Kind::number:
        if (value.get(scalar.number)) scalar.kind = cep::TextKind::number;
        break;
      case JsonValue::Kind::string:
        scalar.kind = cep::TextKind::text;
        scalar.text = value.text();
        break;
    }
    into.push_back(std::move(scalar));
  }
}

const JsonEvent::Scalar* JsonEvent::find(std::string_view field) const {
  const auto behind = std::upper_bound(fields_.begin(), fields_.end(), field,
                                       [](std::string_view name, const Scalar& one) { return name < one.name; });
  return behind == fields_.begin() || (behind - 1)->name != field ? nullptr : &*(behind - 1);
}

cep::TextValue JsonEvent::value(std::string_view field) const {
  const Scalar* found = find(field);
  if (found == nullptr) return {};
  return {found->kind, found->number, found->text};
}

std::optional<double> JsonEvent::number(std::string_view field) const {
  const cep::TextValue found = value(field);
  return found.kind == cep::TextKind::number ? std::optional(found.number) : std::nullopt;
}

std::optional<std::string_view> JsonEvent::text(std::string_view field) const {
  const cep::TextValue found = value(field);
  return found.kind == cep::TextKind::text ? std::optional(found.text) : std::nullopt;
}

std::optional<bool> JsonEvent::truth(std::string_view field) const {
  const cep::TextValue found = value(field);
  return found.kind == cep::TextKind::truth ? std::optional(found.number != 0) : std::nullopt;
}

std::size_t JsonEvent::heap_bytes() const {
  std::size_t bytes = json_.capacity() + fields_.capacity() * sizeof(Scalar);
  for (const Scalar& field : fields_) bytes += field.name.capacity() + field.text.capacity();
  return bytes;
}

}  // namespace weir::streams
