// Predicates: what a transform may be made to depend on. Those of Kafka Connect are here under their names.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/data/connect_record.h"
#include "connect/settings/settings.h"

namespace weir::connect {

using Predicate = std::function<Result<bool>(const ConnectRecord&)>;

struct PredicateClass {
  std::string_view name;
  SettingTable settings{};
  std::string_view meaning{};
  Predicate (*make)(const SettingsUnder& settings, std::vector<Error>& problems) = nullptr;
};

const std::vector<PredicateClass>& predicate_classes();
const PredicateClass* find_predicate(std::string_view type);  // with or without package; null: there is none
std::string predicate_names();

}  // namespace weir::connect
