#include "log/cluster/topic_configs.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace weir::log::cluster {

namespace {

struct Config {
  enum class Kind { integer, ratio, one_of, set_of };
  std::string_view name;
  Kind kind;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::span<const std::string_view> words = {};
};

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostLong = std::numeric_limits<std::int64_t>::max();
constexpr std::string_view kPolicies[] = {"compact", "delete"};
constexpr std::string_view kCompressions[] = {"producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"};
constexpr std::string_view kTimestamps[] = {"CreateTime", "LogAppendTime"};

using Kind = Config::Kind;
constexpr Config kConfigs[] = {
    {"cleanup.policy", Kind::set_of, 0, 0, kPolicies},
    {"compression.type", Kind::one_of, 0, 0, kCompressions},
    {"delete.retention.ms", Kind::integer, 0, kMostLong},
    {"max.message.bytes", Kind::integer, 0, kMostInt},
    {"message.timestamp.type", Kind::one_of, 0, 0, kTimestamps},
    {"min.cleanable.dirty.ratio", Kind::ratio},
    {"min.compaction.lag.ms", Kind::integer, 0, kMostLong},
    {"min.insync.replicas", Kind::integer, 1, kMostInt},
    {"retention.bytes", Kind::integer, -1, kMostLong},
    {"retention.ms", Kind::integer, -1, kMostLong},
    {"segment.bytes", Kind::integer, 14, kMostInt},
    {"segment.ms", Kind::integer, 1, kMostLong},
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
bool is_set(const Config& config, std::string_view text) {
  while (true) {
    auto comma = text.find(',');
    auto word = text.substr(0, comma);
    word.remove_prefix(std::min(word.find_first_not_of(' '), word.size()));
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (!is_word(config, word)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
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

Result<> check_topic_config(const std::string& name, const std::string& value) {
  auto config =
      std::find_if(std::begin(kConfigs), std::end(kConfigs), [&](const Config& one) { return one.name == name; });
  if (config == std::end(kConfigs)) return fail(ErrorCode::invalid_config, "unknown topic config " + name);
  if (is_legal(*config, value)) return {};
  return fail(ErrorCode::invalid_config, name + " is " + legal_values(*config) + ", not '" + value + "'");
}

}  // namespace weir::log::cluster
