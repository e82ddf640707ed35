// The events of pattern vectors, and what their conditions say of them.
#pragma once

#include <cstdint>
#include <string>

#include "streams/dsl/json.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

struct PatternEvent {
  std::int64_t id = 0;
  std::string name;
  double price = 0;
  bool sub = false;  // of a derived type: only those have a volume
  double volume = 0;
};
WEIR_JSON(PatternEvent, id, name, price, sub, volume)

inline double real_of(const boost::json::value& value) {
  return value.is_double() ? value.as_double() : static_cast<double>(number_of(value));
}
inline PatternEvent pattern_event(const Object& json) {
  PatternEvent event{.id = number_of(json, "id"), .name = text_of(json, "name"), .price = real_of(json.at("price"))};
  event.sub = json.contains("sub") && json.at("sub").as_bool();
  if (json.contains("volume")) event.volume = real_of(json.at("volume"));
  return event;
}

// What a condition may ask of the run so far: how many events a step has, the price of its first, the sum of them.
struct RunView {
  virtual std::int64_t count(const std::string& step) const = 0;
  virtual const PatternEvent* first(const std::string& step) const = 0;
  virtual double sum_of_prices(const std::string& step) const = 0;

 protected:
  ~RunView() = default;
};

// Whether the condition looks at the run at all.
bool looks_at_run(const boost::json::value& condition);
bool holds(const boost::json::value& condition, const PatternEvent& event, const RunView* run);

}  // namespace weir::vectors
