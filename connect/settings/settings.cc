#include "connect/settings/settings.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "connect/settings/text.h"
#include "log/base/assert.h"

namespace weir::connect {

namespace {

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::size_t> place_among(std::string_view choices, std::string_view text) {
  auto all = split(choices, '|');
  auto found = std::find(all.begin(), all.end(), text);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

// Settings of transforms and predicates are held to tables of their own (connect/transforms).
bool belongs_elsewhere(std::string_view name) {
  return name == "transforms" || name == "predicates" || name.starts_with("transforms.") ||
         name.starts_with("predicates.");
}

std::vector<SettingGroup> without_prefix(const std::vector<SettingTable>& tables) {
  std::vector<SettingGroup> groups;
  for (SettingTable table : tables) groups.push_back({"", table});
  return groups;
}

std::string joined(std::string_view choices) {
  std::string text;
  for (const auto& choice : split(choices, '|')) text += (text.empty() ? "" : ", ") + choice;
  return text;
}

// What is wrong with `text` as a value of the setting.
std::optional<std::string> fault(const Setting& setting, const std::string& text) {
  switch (setting.type) {
    case SettingType::text:
      return std::nullopt;
    case SettingType::list:
      if (split(text, ',').empty()) return "must name at least one";
      return std::nullopt;
    case SettingType::integer: {
      auto value = parse_integer(text);
      if (value && *value >= setting.least && *value <= setting.most) return std::nullopt;
      return "must be a number from " + std::to_string(setting.least) + " to " + std::to_string(setting.most);
    }
    case SettingType::flag:
      if (text == "true" || text == "false") return std::nullopt;
      return "must be true or false";
    case SettingType::choice:
      if (place_among(setting.choices, text)) return std::nullopt;
      return "must be one of " + joined(setting.choices);
  }
  return std::nullopt;
}

}  // namespace

Settings::Settings(ConnectorConfig config, std::vector<SettingTable> tables, std::vector<Error>& problems,
                   Missing missing)
    : Settings(std::move(config), without_prefix(tables), problems, missing) {}

Settings::Settings(ConnectorConfig config, std::vector<SettingGroup> groups, std::vector<Error>& problems,
                   Missing missing)
    : config_(std::move(config)), groups_(std::move(groups)) {
  const bool has_tables_of_its_own = std::any_of(
      groups_.begin(), groups_.end(), [](const SettingGroup& group) { return belongs_elsewhere(group.prefix); });
  for (std::size_t i = 0; i < groups_.size(); ++i) take(SettingGroup(groups_[i]), missing, problems);
  for (const auto& [name, value] : config_.values) {
    if (find(name) != nullptr || (belongs_elsewhere(name) && !has_tables_of_its_own)) continue;
    problems.push_back(unknown(name));
  }
}

// Adds the groups that its values name.
void Settings::take(const SettingGroup& group, Missing missing, std::vector<Error>& problems) {
  for (const Setting& setting : group.table) {
    const std::string name = group.prefix + std::string(setting.name);
    auto given = config_.values.find(name);
    bool is_given = given != config_.values.end();
    const bool is_new = values_.emplace(name, is_given ? given->second.text : std::string(setting.otherwise)).second;
    const bool must_be = setting.presence == Presence::required && missing == Missing::is_wrong;
    if (is_new && (is_given || must_be)) check(name, setting, problems);
    if (is_new && setting.own != nullptr) groups_.push_back({name + ".", setting.own(text(name))});
  }
}

void Settings::check(const std::string& name, const Setting& setting, std::vector<Error>& problems) const {
  const std::string& value = text(name);
  const bool is_instead = !setting.instead.empty() && is_set(setting.instead);
  if (setting.presence == Presence::required && value.empty() && is_instead) return;
  if (setting.presence == Presence::required && value.empty()) {
    problems.push_back(wrong(name, "must be set: " + std::string(setting.meaning)));
  } else if (auto what = fault(setting, value)) {
    problems.push_back(wrong(name, *what));
  }
}

const std::string& Settings::text(std::string_view name) const {
  auto found = values_.find(name);
  WEIR_ASSERT(found != values_.end(), name);
  return found->second;
}

std::vector<std::string> Settings::list(std::string_view name) const {
  return split(text(name), ',');
}

std::int64_t Settings::integer(std::string_view name) const {
  auto value = parse_integer(text(name));
  WEIR_ASSERT(value, name);
  return *value;
}

bool Settings::flag(std::string_view name) const {
  return text(name) == "true";
}

std::size_t Settings::choice(std::string_view name) const {
  auto place = place_among(known(name).choices, text(name));
  WEIR_ASSERT(place, name);
  return *place;
}

bool Settings::is_set(std::string_view name) const {
  return config_.values.contains(std::string(name));
}

Error Settings::wrong(std::string_view name, const std::string& what) const {
  const Setting* setting = find(name);
  const bool is_secret = setting != nullptr && setting->secret == Secret::yes;
  return config_.wrong(std::string(name), what,
                       is_secret ? ConnectorConfig::Shown::hidden : ConnectorConfig::Shown::yes);
}

const Setting* Settings::find(std::string_view name) const {
  for (const SettingGroup& group : groups_) {
    if (!name.starts_with(group.prefix)) continue;
    for (const Setting& setting : group.table) {
      if (setting.name == name.substr(group.prefix.size())) return &setting;
    }
  }
  return nullptr;
}

const Setting& Settings::known(std::string_view name) const {
  const Setting* setting = find(name);
  WEIR_ASSERT(setting != nullptr, name);
  return *setting;
}

Error Settings::unknown(std::string_view name) const {
  constexpr std::size_t kTooFar = 4;
  std::size_t least = kTooFar;
  std::string nearest;
  for (const SettingGroup& group : groups_) {
    for (const Setting& setting : group.table) {
      const std::string known = group.prefix + std::string(setting.name);
      std::size_t distance = edit_distance(name, known);
      if (distance >= least) continue;
      least = distance;
      nearest = known;
    }
  }
  return wrong(
      name, nearest.empty() ? "there is no such setting" : "there is no such setting; did you mean '" + nearest + "'?");
}

}  // namespace weir::connect
