// JsonEvent: an event as JSON, of which nobody has said what fields it has: rules and text patterns name them as they
// stand there, one inside of another with a dot between ("card.country"). What is no object has no fields.
//
//   builder.stream<std::string, ws::JsonEvent>("payments").detect(rules)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streams/dsl/serde.h"
#include "streams/operators/pattern/text/value.h"

namespace weir::streams {

class JsonEvent {
 public:
  JsonEvent() = default;
  // False if the text is not JSON. An array is no field, nor is what it holds; of a field that is there twice the last
  // counts.
  bool read(std::string_view json);

  const std::string& json() const { return json_; }
  // Nothing: there is no such field, or it is of another kind.
  std::optional<double> number(std::string_view field) const;
  std::optional<std::string_view> text(std::string_view field) const;
  std::optional<bool> truth(std::string_view field) const;

  bool operator==(const JsonEvent& other) const { return json_ == other.json_; }

  // For the expressions of rules.
  cep::TextValue value(std::string_view field) const;
  std::size_t heap_bytes() const;

 private:
  struct Scalar {
    std::string name;
    cep::TextKind kind;
    double number = 0;
    std::string text = {};
  };

  const Scalar* find(std::string_view field) const;
  static void collect(const void* object, const std::string& prefix, std::vector<Scalar>& into);

  std::string json_ = "null";
  std::vector<Scalar> fields_;  // by name
};

template <>
struct Serde<JsonEvent> {
  static bool decode(Bytes bytes, JsonEvent& reuse) { return reuse.read(bytes); }
  static Bytes encode(const JsonEvent& event, OwnedBytes&) { return event.json(); }
  static std::size_t heap_bytes(const JsonEvent& event) { return event.heap_bytes(); }
};

}  // namespace weir::streams
