#include "connect/transforms/transform.h"

#include <algorithm>
#include <map>
#include <set>

#include "connect/settings/text.h"
#include "connect/transforms/predicate.h"
#include "connect/transforms/transform_class.h"

namespace weir::connect {

namespace {

constexpr std::string_view kPackage = "org.apache.kafka.connect.transforms.";

constexpr Setting kLists[] = {
    {.name = "transforms", .meaning = "names of transforms, in the order in which records go through them"},
    {.name = "predicates", .meaning = "names of predicates that transforms may ask"},
};

constexpr Setting kOfEach[] = {
    {.name = "type", .presence = Presence::required, .meaning = "which transform it is"},
    {.name = "predicate", .meaning = "only records for which this predicate holds are transformed"},
    {.name = "negate",
     .type = SettingType::flag,
     .otherwise = "false",
     .meaning = "true: only records for which the predicate does not hold"},
};

constexpr Setting kTypeOfPredicate[] = {
    {.name = "type", .presence = Presence::required, .meaning = "which predicate it is"},
};

struct Named {
  const TransformClass* kind = nullptr;
  Part part = Part::value;
};

std::string without_package(std::string type) {
  if (type.starts_with(kPackage)) type.erase(0, kPackage.size());
  return type;
}

// "MaskField$Value"; what is wrong with it, else.
Result<Named> named(const std::string& type) {
  const std::string text = without_package(type);
  const auto dollar = text.find('$');
  const std::string name = text.substr(0, dollar);
  const std::string part = dollar == std::string::npos ? "" : text.substr(dollar + 1);
  std::string_view nearest;
  std::size_t least = 4;
  for (const TransformClass& kind : transform_classes()) {
    if (kind.name != name) {
      const std::size_t distance = edit_distance(name, kind.name);
      if (distance < least) nearest = kind.name;
      least = std::min(least, distance);
      continue;
    }
    if (kind.has_parts && part != "Key" && part != "Value") {
      return fail(ErrorCode::invalid_config, "must say which part it changes: " + name + "$Key or " + name + "$Value");
    }
    if (!kind.has_parts && !part.empty()) {
      return fail(ErrorCode::invalid_config, name + " has no $" + part + ": it looks at the whole record");
    }
    return Named{&kind, part == "Key" ? Part::key : Part::value};
  }
  return fail(ErrorCode::invalid_config,
              "there is no such transform" +
                  (nearest.empty() ? std::string() : "; did you mean '" + std::string(nearest) + "'?"));
}

// The settings of transforms and predicates among those of a connector.
ConnectorConfig own_part(const ConnectorConfig& config) {
  ConnectorConfig own = config;
  std::erase_if(own.values, [](const auto& entry) { return !Transforms::owns(entry.first) && entry.first != "name"; });
  return own;
}

constexpr Setting kName[] = {{.name = "name"}};

// The tables that the names of transforms and predicates ask for, as far as their types are known.
std::vector<SettingGroup> groups_of(const ConnectorConfig& config, const std::vector<std::string>& transforms,
                                    const std::vector<std::string>& predicates) {
  std::vector<SettingGroup> groups{{"", kLists}, {"", kName}};
  for (const std::string& name : transforms) {
    const std::string prefix = "transforms." + name + ".";
    groups.push_back({prefix, kOfEach});
    auto kind = named(config.text(prefix + "type"));
    if (kind) groups.push_back({prefix, kind->kind->settings});
  }
  for (const std::string& name : predicates) {
    const std::string prefix = "predicates." + name + ".";
    groups.push_back({prefix, kTypeOfPredicate});
    if (const PredicateClass* kind = find_predicate(config.text(prefix + "type"))) {
      groups.push_back({prefix, kind->settings});
    }
  }
  return groups;
}

void check_no_name_is_twice(const Settings& settings, const std::string& list, const std::vector<std::string>& names,
                            std::vector<Error>& problems) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) problems.push_back(settings.wrong(list, "'" + name + "' is there twice"));
  }
}

}  // namespace

const std::vector<TransformClass>& transform_classes() {
  static const std::vector<TransformClass> kAll = [] {
    std::vector<TransformClass> all;
    for (const auto& some : {field_transforms(), shape_transforms(), header_transforms(), metadata_transforms(),
                             cast_transforms(), timestamp_transforms(), expression_transforms()}) {
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
  }();
  return kAll;
}

bool Transforms::owns(std::string_view setting) {
  return setting == "transforms" || setting == "predicates" || setting.starts_with("transforms.") ||
         setting.starts_with("predicates.");
}

Transforms Transforms::of(const ConnectorConfig& config, std::vector<Error>& problems) {
  Transforms made;
  const ConnectorConfig own = own_part(config);
  const std::vector<std::string> transforms = split(own.text("transforms"), ',');
  const std::vector<std::string> predicates = split(own.text("predicates"), ',');
  const std::size_t before = problems.size();
  Settings settings(own, groups_of(own, transforms, predicates), problems);
  check_no_name_is_twice(settings, "transforms", transforms, problems);
  check_no_name_is_twice(settings, "predicates", predicates, problems);

  std::map<std::string, Predicate> known;
  for (const std::string& name : predicates) {
    const SettingsUnder under(settings, "predicates." + name + ".");
    const PredicateClass* kind = find_predicate(under.text("type"));
    if (kind == nullptr) {
      if (under.is_set("type")) problems.push_back(under.wrong("type", "must be one of " + predicate_names()));
    } else if (problems.size() == before) {
      known[name] = kind->make(under, problems);
    }
  }
  for (const std::string& name : transforms) {
    const SettingsUnder under(settings, "transforms." + name + ".");
    auto kind = named(under.text("type"));
    if (!kind) {
      if (under.is_set("type")) problems.push_back(under.wrong("type", kind.error().detail));
      continue;
    }
    Step step{name, nullptr, nullptr};
    const std::string& predicate = under.text("predicate");
    if (!predicate.empty() && std::find(predicates.begin(), predicates.end(), predicate) == predicates.end()) {
      problems.push_back(under.wrong("predicate", "there is no such one among 'predicates'"));
    } else if (predicate.empty() && under.is_set("negate") && under.flag("negate")) {
      problems.push_back(under.wrong("negate", "there is no 'predicate' to negate"));
    } else if (predicate.empty() && kind->kind->name == "Filter") {
      problems.push_back(under.wrong("type", "needs a 'predicate': without one it would leave out every record"));
    }
    if (problems.size() > before) continue;
    step.transform = kind->kind->make(under, kind->part, problems);
    if (!predicate.empty()) {
      step.when = [holds = known[predicate], negate = under.flag("negate")](const ConnectRecord& record) {
        auto answer = holds(record);
        if (answer && negate) answer = !*answer;
        return answer;
      };
    }
    made.steps_.push_back(std::move(step));
  }
  if (problems.size() > before) return {};
  return made;
}

Result<Kept> Transforms::apply(ConnectRecord& record) const {
  for (const Step& step : steps_) {
    auto kept = [&]() -> Result<Kept> {
      if (step.when) {
        WEIR_TRY_VAR(holds, step.when(record));
        if (!holds) return Kept::yes;
      }
      return step.transform->apply(record);
    }();
    if (!kept) return fail(kept.error().at("transform " + step.name));
    if (*kept == Kept::no) return Kept::no;
  }
  return Kept::yes;
}

}  // namespace weir::connect
