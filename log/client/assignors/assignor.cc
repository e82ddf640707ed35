#include "log/client/assignors/assignor.h"

#include "log/client/assignors/cooperative_sticky.h"
#include "log/client/assignors/range.h"
#include "log/client/assignors/round_robin.h"
#include "log/client/assignors/sticky.h"

namespace weir::log {

namespace {

template <class Kind>
std::unique_ptr<Assignor> make() {
  return std::make_unique<Kind>();
}

struct Row {
  std::string_view name;
  std::unique_ptr<Assignor> (*make)();
};

constexpr Row kAssignors[] = {
    {RangeAssignor::kName, make<RangeAssignor>},
    {RoundRobinAssignor::kName, make<RoundRobinAssignor>},
    {StickyAssignor::kName, make<StickyAssignor>},
    {CooperativeStickyAssignor::kName, make<CooperativeStickyAssignor>},
};

}  // namespace

Result<std::unique_ptr<Assignor>> find_assignor(std::string_view name) {
  for (const auto& row : kAssignors) {
    if (row.name == name) return row.make();
  }
  return fail(ErrorCode::not_found, "no assignor is called " + std::string(name));
}

}  // namespace weir::log
