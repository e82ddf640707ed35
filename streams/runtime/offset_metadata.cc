#include "streams/runtime/offset_metadata.h"

#include <charconv>

namespace weir::streams {

namespace {

bool read_number(std::string_view text, std::int64_t& into) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view take_part(std::string_view& text) {
  auto end = text.find(';');
  std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

}  // namespace

std::string OffsetMetadata::to_string() const {
  std::string text = "1;" + std::to_string(partition_time_ms);
  for (const auto& [name, time] : event_times_ms) text += ";" + name + "=" + std::to_string(time);
  return text;
}

Result<OffsetMetadata> OffsetMetadata::parse(std::string_view text) {
  OffsetMetadata metadata;
  if (text.empty()) return metadata;
  auto wrong = [whole = std::string(text)] {
    return fail(ErrorCode::corrupt_data, "metadata '" + whole + "'");
  };
  if (take_part(text) != "1" || !read_number(take_part(text), metadata.partition_time_ms)) return wrong();
  while (!text.empty()) {
    std::string_view part = take_part(text);
    auto equals = part.rfind('=');
    if (equals == std::string_view::npos) return wrong();
    std::int64_t time = 0;
    if (!read_number(part.substr(equals + 1), time)) return wrong();
    metadata.event_times_ms.emplace(part.substr(0, equals), time);
  }
  return metadata;
}

}  // namespace weir::streams
