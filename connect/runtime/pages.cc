#include "connect/runtime/pages.h"

#include <algorithm>

#include "connect/converters/converter.h"
#include "connect/runtime/runner_settings.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"
#include "connect/settings/text.h"
#include "connect/transforms/predicate.h"
#include "connect/transforms/transform_class.h"

namespace weir::connect {

namespace {

std::string without_bars(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string default_of(const Setting& setting) {
  if (setting.presence == Presence::required) {
    return setting.instead.empty() ? "must be set" : "must be set, or `" + std::string(setting.instead) + "`";
  }
  return setting.otherwise.empty() ? "" : "`" + without_bars(setting.otherwise) + "`";
}

std::string limits_of(const Setting& setting) {
  switch (setting.type) {
    case SettingType::text:
      return "";
    case SettingType::list:
      return "; a list, separated by commas";
    case SettingType::integer:
      return "; from " + std::to_string(setting.least) + " to " + std::to_string(setting.most);
    case SettingType::flag:
      return "; `true` or `false`";
    case SettingType::choice: {
      std::string choices;
      for (const std::string& choice : split(setting.choices, '|')) {
        choices += (choices.empty() ? "; `" : ", `") + choice + "`";
      }
      return choices;
    }
  }
  return "";
}

std::string table_of(SettingTable table) {
  if (table.empty()) return "It has no settings of its own.\n";
  std::string text = "| setting | default | meaning |\n|---|---|---|\n";
  for (const Setting& setting : table) {
    text += "| `" + std::string(setting.name) + "` | " + default_of(setting) + " | " + without_bars(setting.meaning) +
            limits_of(setting) + (setting.secret == Secret::yes ? "; never shown" : "") + " |\n";
  }
  return text;
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

// "a sentence." with a capital at its beginning.
std::string sentence(std::string text) {
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.ends_with('.')) text += '.';
  return text;
}

Page page_of(const ConnectorClass& kind) {
  const std::string& name = kind.names.front();
  std::string text = "# " + name + "\n\n";
  if (!kind.summary.empty()) text += sentence(kind.summary) + "\n\n";
  text += "It is a " +
          std::string(kind.is_source() ? "source: it brings data into topics" : "sink: it takes data out of topics") +
          ". `connector.class` is " + quoted_names(kind.names) + ".\n\n";
  if (!kind.guarantee.empty()) text += "**Guarantee.** " + sentence(kind.guarantee) + "\n\n";
  text += "## Its settings\n\n" + table_of(kind.settings);
  text += "\n## Settings of every " + std::string(kind.is_source() ? "source" : "sink") + "\n\n";
  const std::vector<SettingTable> tables = tables_of(kind);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (tables[i].data() == kind.settings.data()) continue;
    std::string rows = table_of(tables[i]);
    const bool is_first = text.ends_with("\n\n");
    text += is_first ? rows : rows.substr(rows.find("|---|---|---|\n") + 14);
  }
  text +=
      "\nConverters are described in [converters.md](converters.md), transforms in [transforms.md](transforms.md).\n";
  return {name, std::move(text)};
}

Page transforms_page() {
  std::string text =
      "# Transforms\n\n"
      "A transform changes records one by one between a connector and its topics, or leaves them out. Those of Kafka\n"
      "Connect are here under their names, with their package (`org.apache.kafka.connect.transforms.`) or without, "
      "and\n"
      "with their settings:\n\n"
      "```properties\n"
      "transforms = mask, drop\n"
      "transforms.mask.type = MaskField$Value\n"
      "transforms.mask.fields = card\n"
      "transforms.drop.type = Filter\n"
      "transforms.drop.predicate = isEmpty\n"
      "predicates = isEmpty\n"
      "predicates.isEmpty.type = RecordIsTombstone\n"
      "```\n\n"
      "Each transform may have a `predicate`, the name of one of `predicates`, and then is left out for records for "
      "which\n"
      "it does not hold; `negate = true` turns that round. Those that change a part of a record say which by `$Key` "
      "or\n"
      "`$Value` behind their names. They work on records without a schema (JSON objects) and with one. A record that "
      "a\n"
      "transform cannot change is an error that names transform, part and field, and goes the way of "
      "`errors.tolerance`.\n\n"
      "`filter` and `map` say what they do in the language of pattern rules ([patterns.md](../patterns.md)): numbers,\n"
      "texts in single quotes, `TRUE`, `FALSE`, `NULL`, `+ - * /`, `= != < <= > >=`, `IN (...)`, `AND`, `OR`, `NOT`. "
      "A\n"
      "name is a field of the value, with dots one inside of another; `_key` and `_key.NAME`, `_topic`, `_partition`,\n"
      "`_offset`, `_timestamp` and `_headers.NAME` are of the record. What is not there is null: a comparison with it "
      "does\n"
      "not hold, and what is calculated with it is null. Calculations are those of doubles.\n\n"
      "```properties\n"
      "transforms = large, total\n"
      "transforms.large.type = filter\n"
      "transforms.large.where = amount > 100 AND country NOT IN ('IT', 'FR')\n"
      "transforms.total.type = map\n"
      "transforms.total.set = total = price * count, source = _topic\n"
      "transforms.total.drop = price, count\n"
      "```\n\n"
      "What differs from Kafka Connect:\n\n"
      "- Regular expressions are [RE2's](https://github.com/google/re2/wiki/Syntax): linear in time, without "
      "look-around\n"
      "  and back-references. Groups may be named as in Java, and so are they in replacements (`$1`, `${name}`).\n"
      "- Null passes `MaskField` untouched. `HoistField` makes a field of it, and `HeaderFrom` and `ValueToKey`, which "
      "need\n"
      "  fields, refuse it, as there.\n"
      "- `Cast` refuses a number that the type does not hold, where Java wraps around.\n"
      "- Fields that are not there are left alone by `Cast`, `MaskField` and `TimestampConverter`; there they become "
      "null\n"
      "  in records without a schema.\n"
      "- Formats of times have the letters `y M d D E a H k K h m s S z Z X` and text in quotes. Times are UTC, names "
      "are\n"
      "  English, a text must match as a whole, and its day must exist. `yy` is 1970 to 2069.\n"
      "- `Filter` without a predicate is refused: it would leave out every record.\n";
  for (const TransformClass& kind : transform_classes()) {
    text += "\n## " + std::string(kind.name) + "\n\n" + sentence(std::string(kind.meaning)) + " ";
    text += kind.has_parts ? "`" + std::string(kind.name) + "$Key`, `" + std::string(kind.name) + "$Value`.\n\n"
                           : "It looks at the whole record.\n\n";
    text += table_of(kind.settings);
  }
  text += "\n# Predicates\n";
  for (const PredicateClass& kind : predicate_classes()) {
    text += "\n## " + std::string(kind.name) + "\n\nHolds where " + std::string(kind.meaning) + ".\n\n" +
            table_of(kind.settings);
  }
  return {"transforms", std::move(text)};
}

Page converters_page() {
  std::string text =
      "# Converters\n\n"
      "A converter reads the bytes of keys, values or headers in topics, and writes them: `key.converter`,\n"
      "`value.converter`, `header.converter`. Settings of its own stand under its name: "
      "`value.converter.schemas.enable`.\n"
      "Kafka Connect's class names are understood with their package and without.\n\n"
      "Text and JSON that nobody looks into pass through unchanged. JSON without a schema keeps its digits: a number "
      "that\n"
      "no int64 and no double holds becomes a decimal.\n";
  for (const ConverterName& known : known_converters()) {
    text += "\n## " + std::string(known.name) + "\n\n" + sentence(std::string(known.meaning)) + "\n";
    if (!known.class_name.empty()) text += "In Kafka Connect it is `" + std::string(known.class_name) + "`.\n";
    if (const SettingTable own = settings_of_converter(known.name); !own.empty()) text += "\n" + table_of(own);
  }
  return {"converters", std::move(text)};
}

Page list_page(const ConnectorClasses& classes) {
  std::string text =
      "# Connectors\n\n"
      "What they have in common stands in [connect.md](../connect.md). These pages are what `weir connect docs` "
      "prints.\n\n"
      "| connector | | what it does |\n|---|---|---|\n";
  for (const ConnectorClass& kind : classes.all()) {
    const std::string& name = kind.names.front();
    text += "| [" + name + "](" + name + ".md) | " + (kind.is_source() ? "source" : "sink") + " | " +
            without_bars(sentence(kind.summary)) + " |\n";
  }
  text +=
      "\nBeside them: [converters](converters.md) and [transforms](transforms.md), and how to write\n[connectors of "
      "your own, in any language](plugins.md).\n";
  return {"README", std::move(text)};
}

}  // namespace

std::vector<Page> pages(const ConnectorClasses& classes) {
  std::vector<Page> all{list_page(classes)};
  for (const ConnectorClass& kind : classes.all()) all.push_back(page_of(kind));
  all.push_back(converters_page());
  all.push_back(transforms_page());
  return all;
}

std::string list_of_connectors(const ConnectorClasses& classes) {
  std::size_t width = 0;
  for (const ConnectorClass& kind : classes.all()) width = std::max(width, kind.names.front().size());
  std::string text;
  for (const ConnectorClass& kind : classes.all()) {
    const std::string& name = kind.names.front();
    text += name + std::string(width - name.size() + 2, ' ') + (kind.is_source() ? "source  " : "sink    ") +
            sentence(kind.summary) + "\n";
  }
  return text;
}

}  // namespace weir::connect
