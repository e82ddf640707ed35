#include "connect/connectors/record_parser.h"

#include <algorithm>
#include <charconv>

#include <boost/json.hpp>

#include "connect/connectors/csv.h"
#include "connect/json_text.h"

namespace weir::connect {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Result<std::int64_t> parse_timestamp(const std::string& field, std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    return fail(ErrorCode::corrupt_data, "field '" + field + "' is no timestamp: '" + std::string(text) + "'");
  }
  return value;
}

// A JSON value as the text of a key: strings without quotes, everything else as JSON.
std::string text_of(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_double()) return boost::json::serialize(value);
  std::string text;  // serialize() writes 1.5 as 1.5E0
  append_json_number(value.get_double(), text);
  return text;
}

Result<std::string> text_of_field(const boost::json::value& value, const std::string& field) {
  const auto* object = value.if_object();
  const auto* found = object != nullptr ? object->if_contains(field) : nullptr;
  if (found == nullptr) return fail(ErrorCode::corrupt_data, "there is no field '" + field + "'");
  return text_of(*found);
}

}  // namespace

Result<bool> RecordParser::parse(std::string_view text, SourceRecord& into) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  switch (options_.format) {
    case FileFormat::lines:
      into.value = OwnedBytes(text);
      return true;
    case FileFormat::csv:
      if (columns_.empty()) {
        WEIR_TRY(set_header(text));
        return false;
      }
      if (text.empty() && columns_.size() > 1) return false;
      WEIR_TRY(parse_row(text, into));
      return true;
    case FileFormat::jsonl:
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      if (text.find_first_not_of(" \t") == std::string_view::npos) return false;
      WEIR_TRY(parse_json(text, into));
      return true;
  }
  return false;
}

Result<> RecordParser::set_header(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  WEIR_TRY_VAR(columns, parse_csv_record(text, options_.csv_separator));
  for (const auto& field : {options_.key_field, options_.timestamp_field}) {
    if (field.empty() || std::find(columns.begin(), columns.end(), field) != columns.end()) continue;
    return fail(ErrorCode::invalid_config, "the header has no column '" + field + "'");
  }
  columns_ = std::move(columns);
  header_ = text;
  return {};
}

void RecordParser::forget_header() {
  columns_.clear();
  header_.clear();
}

Result<> RecordParser::parse_row(std::string_view text, SourceRecord& into) const {
  WEIR_TRY_VAR(fields, parse_csv_record(text, options_.csv_separator));
  if (fields.size() != columns_.size()) {
    return fail(ErrorCode::corrupt_data,
                std::to_string(fields.size()) + " fields under " + std::to_string(columns_.size()) + " columns");
  }
  std::string json = "{";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) json.push_back(',');
    append_json_string(columns_[i], json);
    json.push_back(':');
    append_json_string(fields[i], json);
    if (columns_[i] == options_.key_field) into.key = fields[i];
    if (columns_[i] == options_.timestamp_field) {
      WEIR_TRY_VAR(timestamp, parse_timestamp(columns_[i], fields[i]));
      into.timestamp_ms = timestamp;
    }
  }
  json.push_back('}');
  into.value = std::move(json);
  return {};
}

Result<> RecordParser::parse_json(std::string_view text, SourceRecord& into) const {
  boost::json::error_code error;
  auto value = boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
  if (error) return fail(ErrorCode::corrupt_data, "not JSON: " + error.message());
  if (!options_.key_field.empty()) {
    WEIR_TRY_VAR(key, text_of_field(value, options_.key_field));
    into.key = std::move(key);
  }
  if (!options_.timestamp_field.empty()) {
    WEIR_TRY_VAR(field, text_of_field(value, options_.timestamp_field));
    WEIR_TRY_VAR(timestamp, parse_timestamp(options_.timestamp_field, field));
    into.timestamp_ms = timestamp;
  }
  into.value = OwnedBytes(text);
  return {};
}

}  // namespace weir::connect
