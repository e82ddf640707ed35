#include "streams/runtime/offset_metadata.h"

#include <algorithm>
#include <charconv>

namespace weir::streams {

namespace {

template <class Number>
bool read_number(std::string_view text, Number& into, int base = 10) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view take_part(std::string_view& text) {
  auto end = text.find(';');
  std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

std::string hex(std::uint32_t number) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(8, '0');
  for (std::size_t i = 8; i-- > 0; number >>= 4) text[i] = kDigits[number & 15];
  return text;
}

bool read_topic(std::string_view part, OffsetMetadata& into) {
  return read_number(part, into.topic.emplace(), 16);
}

bool read_changelog(std::string_view name, std::string_view value, OffsetMetadata& into) {
  const auto colon = value.find(':');
  std::uint32_t hash = 0;
  std::int64_t end = 0;
  std::int32_t epoch = 0;
  if (colon == std::string_view::npos || !read_number(name, hash, 16)) return false;
  if (!read_number(value.substr(0, colon), end) || !read_number(value.substr(colon + 1), epoch)) return false;
  into.written.changelogs[hash] = {log::Offset(end), log::LeaderEpoch(epoch)};
  return true;
}

bool read_own_topic(std::string_view name, std::string_view value, OffsetMetadata& into) {
  std::uint32_t hash = 0;
  return read_number(name, hash, 16) && read_number(value, into.written.topics[hash], 16);
}

// One part of version 2, or a time, which both have.
bool read_part(std::string_view part, bool is_second, OffsetMetadata& into) {
  if (is_second && part.starts_with('^')) return read_topic(part.substr(1), into);
  const auto equals = part.rfind('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = part.substr(0, equals);
  const std::string_view value = part.substr(equals + 1);
  if (is_second && name.starts_with('@')) return read_changelog(name.substr(1), value, into);
  if (is_second && name.starts_with('>')) return read_own_topic(name.substr(1), value, into);
  std::int64_t time = 0;
  if (!read_number(value, time)) return false;
  into.event_times_ms.emplace(name, time);
  return true;
}

}  // namespace

std::uint32_t short_hash(std::string_view name) {
  std::uint32_t hash = 2'166'136'261u;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16'777'619u;
  return hash;
}

std::uint32_t short_id(const log::TopicId& id) {
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < 4; ++i) begin = begin << 8 | id.bytes[i];
  return begin;
}

bool OffsetMetadata::Written::operator==(const Written& other) const {
  auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.offset == b.second.offset && a.second.epoch == b.second.epoch;
  };
  return topics == other.topics && std::ranges::equal(changelogs, other.changelogs, same);
}

std::string OffsetMetadata::to_string() const {
  const bool is_second = topic || !written.changelogs.empty() || !written.topics.empty();
  std::string text = (is_second ? "2;" : "1;") + std::to_string(partition_time_ms);
  if (topic) text += ";^" + hex(*topic);
  for (const auto& [store, end] : written.changelogs) {
    text += ";@" + hex(store) + "=" + std::to_string(end.offset.value()) + ":" + std::to_string(end.epoch.value());
  }
  for (const auto& [name, id] : written.topics) text += ";>" + hex(name) + "=" + hex(id);
  for (const auto& [name, time] : event_times_ms) text += ";" + name + "=" + std::to_string(time);
  return text;
}

Result<OffsetMetadata> OffsetMetadata::parse(std::string_view text) {
  OffsetMetadata metadata;
  if (text.empty()) return metadata;
  auto wrong = [whole = std::string(text)] {
    return fail(ErrorCode::corrupt_data, "metadata '" + whole + "'");
  };
  const std::string_view version = take_part(text);
  if ((version != "1" && version != "2") || !read_number(take_part(text), metadata.partition_time_ms)) return wrong();
  while (!text.empty()) {
    if (!read_part(take_part(text), version == "2", metadata)) return wrong();
  }
  return metadata;
}

}  // namespace weir::streams
