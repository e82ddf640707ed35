#include "log/cluster/topic_configs.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace weir::log::cluster {

namespace {

using Config = TopicConfig;

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostLong = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kPolicies[] = {"compact", "delete"};
constexpr std::string_view kCompressions[] = {"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"};
constexpr std::string_view kDurabilities[] = {"log", "os", "interval", "fsync"};
constexpr std::string_view kTimestamps[] = {"CreateTime", "LogAppendTime"};

using Kind = Config::Kind;
constexpr Config kConfigs[] = {
    {"cleanup.policy", Kind::set_of, "delete", 0, 0, kPolicies},
    {"compression.type", Kind::one_of, "producer", 0, 0, kCompressions},
    {"delete.retention.ms", Kind::integer, "86400000", 0, kMostLong},
    {"durability", Kind::one_of, "log", 0, 0, kDurabilities},  // log: as it was opened
    {"max.compaction.lag.ms", Kind::integer, "9223372036854775807", 1, kMostLong},
    {"max.message.bytes", Kind::integer, "2147483647", 0, kMostInt},
    // As Kafka 3.9: any time is taken.
    {"message.timestamp.after.max.ms", Kind::integer, "9223372036854775807", 0, kMostLong},
    {"message.timestamp.before.max.ms", Kind::integer, "9223372036854775807", 0, kMostLong},
    {"message.timestamp.type", Kind::one_of, "CreateTime", 0, 0, kTimestamps},
    {"min.cleanable.dirty.ratio", Kind::ratio, "0.5"},
    {"min.compaction.lag.ms", Kind::integer, "0", 0, kMostLong},
    {"min.insync.replicas", Kind::integer, "1", 1, kMostInt},
    {"retention.bytes", Kind::integer, "-1", -1, kMostLong},
    {"retention.ms", Kind::integer, "-1", -1, kMostLong},
    {"segment.bytes", Kind::integer, "268435456", 14, kMostInt},
    {"segment.ms", Kind::integer, "604800000", 1, kMostLong},
};

template <class Number>
bool parse(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end && !text.empty();
}

bool is_word(const Config& config, std::string_view word) {
  return std::find(config.words.begin(), config.words.end(), word) != config.words.end();
}

// Words, with commas and blanks between them.
std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    auto comma = text.find(',');
    auto word = text.substr(0, comma);
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    words.emplace_back(word);
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

bool is_set(const Config& config, std::string_view text) {
  return std::ranges::all_of(words_in(text), [&](const std::string& word) { return is_word(config, word); });
}

bool is_legal(const Config& config, const std::string& value) {
  switch (config.kind) {
    case Kind::integer: {
      std::int64_t number = 0;
      return parse(value, number) && number >= config.least && number <= config.most;
    }
    case Kind::ratio: {
      double number = 0;
      return parse(value, number) && number >= 0 && number <= 1;
    }
    case Kind::one_of:
      return is_word(config, value);
    case Kind::set_of:
      return is_set(config, value);
  }
  return false;
}

std::string legal_values(const Config& config) {
  switch (config.kind) {
    case Kind::integer:
      return "a whole number from " + std::to_string(config.least) + " to " + std::to_string(config.most);
    case Kind::ratio:
      return "a number from 0 to 1";
    case Kind::one_of:
    case Kind::set_of:
      break;
  }
  std::string words;
  for (auto word : config.words) words += (words.empty() ? "one of " : ", ") + std::string(word);
  return words;
}

}  // namespace

std::span<const TopicConfig> topic_configs() {
  return kConfigs;
}

namespace {

Result<const Config*> find_config(const std::string& name) {
  auto found = std::ranges::find(kConfigs, name, &Config::name);
  if (found == std::end(kConfigs)) return fail(ErrorCode::invalid_config, "unknown topic config " + name);
  return &*found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

// A set with the words of a change added, or taken away.
Result<std::string> changed_set(const Config& config, const std::string& present, const ConfigChange& change) {
  if (config.kind != Kind::set_of) {
    return fail(ErrorCode::invalid_config, change.name + " is no set: it can be set or removed");
  }
  auto words = words_in(present);
  for (const auto& word : words_in(*change.value)) {
    const bool is_there = std::ranges::find(words, word) != words.end();
    if (change.kind == ConfigChange::Kind::subtract) {
      std::erase(words, word);
    } else if (!is_there) {
      words.push_back(word);
    }
  }
  return joined(words);
}

}  // namespace

Result<> check_topic_config(const std::string& name, const std::string& value) {
  WEIR_TRY_VAR(config, find_config(name));
  if (is_legal(*config, value)) return {};
  return fail(ErrorCode::invalid_config, name + " is " + legal_values(*config) + ", not '" + value + "'");
}

Result<std::map<std::string, std::string>> changed_configs(std::map<std::string, std::string> set,
                                                           const std::vector<ConfigChange>& changes) {
  for (const auto& change : changes) {
    if (std::ranges::count(changes, change.name, &ConfigChange::name) > 1) {
      return fail(ErrorCode::invalid_request, change.name + " is changed twice");
    }
    WEIR_TRY_VAR(config, find_config(change.name));
    if (change.kind == ConfigChange::Kind::remove) {
      set.erase(change.name);
      continue;
    }
    if (!change.value) return fail(ErrorCode::invalid_request, change.name + " has no value");
    if (change.kind == ConfigChange::Kind::set) {
      set[change.name] = *change.value;
      continue;
    }
    auto present = set.find(change.name);
    WEIR_TRY_VAR(
        value, changed_set(*config, present == set.end() ? std::string(config->when_unset) : present->second, change));
    set[change.name] = std::move(value);
  }
  return set;
}

}  // namespace weir::log::cluster
