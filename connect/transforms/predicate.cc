#include "connect/transforms/predicate.h"

#include <algorithm>

#include "log/base/regex.h"

namespace weir::connect {

namespace {

constexpr Setting kHeaderName[] = {
    {.name = "name", .presence = Presence::required, .meaning = "holds for records that have a header of this name"},
};

constexpr Setting kPattern[] = {
    {.name = "pattern",
     .presence = Presence::required,
     .meaning = "a regular expression (RE2) that the whole name of the topic must match"},
};

Predicate has_header(const SettingsUnder& settings, std::vector<Error>&) {
  return [name = settings.text("name")](const ConnectRecord& record) -> Result<bool> {
    return std::any_of(record.headers.begin(), record.headers.end(),
                       [&](const ConnectHeader& header) { return header.key == name; });
  };
}

Predicate is_tombstone(const SettingsUnder&, std::vector<Error>&) {
  return [](const ConnectRecord& record) -> Result<bool> {
    const auto json = record.value.bytes_as(Encoding::json);
    return record.value.is_null() || (json && *json == "null");
  };
}

Predicate topic_matches(const SettingsUnder& settings, std::vector<Error>& problems) {
  auto pattern = Regex::compile(settings.text("pattern"));
  if (!pattern) {
    problems.push_back(settings.wrong("pattern", pattern.error().detail));
    return {};
  }
  return [pattern = *std::move(pattern)](const ConnectRecord& record) -> Result<bool> {
    return pattern.matches_whole(record.topic);
  };
}

}  // namespace

const std::vector<PredicateClass>& predicate_classes() {
  static const std::vector<PredicateClass> kAll = {
      {"HasHeaderKey", kHeaderName, "the record has a header of that name", has_header},
      {"RecordIsTombstone", {}, "the record's value is null", is_tombstone},
      {"TopicNameMatches", kPattern, "the whole name of the record's topic matches", topic_matches},
  };
  return kAll;
}

const PredicateClass* find_predicate(std::string_view type) {
  constexpr std::string_view kPackage = "org.apache.kafka.connect.transforms.predicates.";
  if (type.starts_with(kPackage)) type.remove_prefix(kPackage.size());
  for (const PredicateClass& kind : predicate_classes()) {
    if (kind.name == type) return &kind;
  }
  return nullptr;
}

std::string predicate_names() {
  std::string names;
  for (const PredicateClass& kind : predicate_classes()) {
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  return names;
}

}  // namespace weir::connect
