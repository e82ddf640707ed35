// Settings: what a connector's file asks for, held to the tables of settings that the connector knows. A table says of
// each setting its type, its default and what it means; checking gives every problem at once, each with file, line,
// connector, setting and value. A setting that no table knows is a problem, too: a misspelt name must not be silent.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/settings/connector_config.h"
#include "log/base/result.h"

namespace weir::connect {

enum class SettingType { text, list, integer, flag, choice };
enum class Presence { optional, required };
enum class Secret { no, yes };  // yes: never shown

struct Setting;
using SettingTable = std::span<const Setting>;

struct Setting {
  std::string_view name;
  SettingType type = SettingType::text;
  Presence presence = Presence::optional;
  std::string_view otherwise{};  // the default, as it would be written
  std::string_view choices{};    // of a choice: "lines|csv|jsonl"
  std::int64_t least = 0;        // of an integer
  std::int64_t most = 0;
  std::string_view meaning{};
  std::string_view instead{};  // of a required one: the other setting that does as well
  Secret secret = Secret::no;
  // What the value names may have settings of its own, under this one's name: "value.converter" names a JsonConverter,
  // which has "value.converter.schemas.enable". Null: it has none.
  SettingTable (*own)(std::string_view value) = nullptr;
};

// A table whose names begin with something: "transforms.mask.".
struct SettingGroup {
  std::string prefix{};
  SettingTable table{};
};

class Settings {
 public:
  enum class Missing { is_wrong, is_fine };  // of required settings

  // Adds to `problems` (invalid_config) whatever is wrong; the settings are to be used only if nothing was added.
  Settings(ConnectorConfig config, std::vector<SettingTable> tables, std::vector<Error>& problems,
           Missing missing = Missing::is_wrong);
  Settings(ConnectorConfig config, std::vector<SettingGroup> groups, std::vector<Error>& problems,
           Missing missing = Missing::is_wrong);

  // Values, or defaults, of settings that a table has. The type is that of the table.
  const std::string& text(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;  // separated by commas
  std::int64_t integer(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::size_t choice(std::string_view name) const;  // its place among the choices

  bool is_set(std::string_view name) const;
  std::string connector_name() const { return config_.connector_name(); }

  // invalid_config: "orders.properties:4: connector orders: format = 'tsv': must be ..."
  Error wrong(std::string_view name, const std::string& what) const;

 private:
  const Setting& known(std::string_view name) const;
  const Setting* find(std::string_view name) const;
  Error unknown(std::string_view name) const;
  void take(const SettingGroup& group, Missing missing, std::vector<Error>& problems);
  void check(const std::string& name, const Setting& setting, std::vector<Error>& problems) const;

  ConnectorConfig config_;
  std::vector<SettingGroup> groups_;
  std::map<std::string, std::string, std::less<>> values_;  // of every setting, defaults included
};

// Settings of one thing among others, by the names that it knows: borrowed from all of them.
class SettingsUnder {
 public:
  SettingsUnder(const Settings& settings, std::string prefix) : settings_(settings), prefix_(std::move(prefix)) {}

  const std::string& text(std::string_view name) const { return settings_.text(full(name)); }
  std::vector<std::string> list(std::string_view name) const { return settings_.list(full(name)); }
  std::int64_t integer(std::string_view name) const { return settings_.integer(full(name)); }
  bool flag(std::string_view name) const { return settings_.flag(full(name)); }
  std::size_t choice(std::string_view name) const { return settings_.choice(full(name)); }
  bool is_set(std::string_view name) const { return settings_.is_set(full(name)); }
  Error wrong(std::string_view name, const std::string& what) const { return settings_.wrong(full(name), what); }

 private:
  std::string full(std::string_view name) const { return prefix_ + std::string(name); }

  const Settings& settings_;
  std::string prefix_;
};

}  // namespace weir::connect
