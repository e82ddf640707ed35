#include "connect/connectors/files/record_parser.h"

#include <algorithm>
#include <charconv>

#include "connect/connectors/files/csv.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

Result<std::int64_t> parse_timestamp(const std::string& field, std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) {
    return fail(ErrorCode::corrupt_data, "field '" + field + "' is no timestamp: '" + std::string(text) + "'");
  }
  return value;
}

// A JSON value as the text of a key: strings without quotes, everything else as it stands.
std::string text_of(const JsonValue& value) {
  return value.is_array() || value.is_object() ? compact_json(value.text()) : std::string(value.text());
}

Result<std::string> text_of_field(const JsonValue& value, const std::string& field) {
  const JsonValue* found = value.is_object() ? value.member(field) : nullptr;
  if (found == nullptr) return fail(ErrorCode::corrupt_data, "there is no field '" + field + "'");
  return text_of(*found);
}

std::string utf8_of_latin1(std::string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (code < 0x80) {
      utf8.push_back(letter);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | code >> 6));
      utf8.push_back(static_cast<char>(0x80 | (code & 0x3f)));
    }
  }
  return utf8;
}

Result<> check_utf8(std::string_view text) {
  const std::size_t good = valid_utf8_prefix(text);
  if (good == text.size()) return {};
  return fail(ErrorCode::corrupt_data,
              "byte " + std::to_string(good + 1) + " of it is not UTF-8; encoding = iso-8859-1 reads Latin-1");
}

// Every column has a name, and none has another's: else the objects made of rows would hold a member twice.
Result<> check_columns(const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string place = "column " + std::to_string(i + 1);
    if (columns[i].find_first_not_of(" \t") == std::string::npos) {
      return fail(ErrorCode::invalid_config, "the header gives " + place + " no name");
    }
    const auto same = std::find(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i), columns[i]);
    if (same != columns.begin() + static_cast<std::ptrdiff_t>(i)) {
      return fail(ErrorCode::invalid_config, "the header names column " + std::to_string(same - columns.begin() + 1) +
                                                 " and " + place + " '" + columns[i] + "'");
    }
  }
  return {};
}

}  // namespace

Result<bool> RecordParser::parse(std::string_view text, ConnectRecord& into) {
  if (text.ends_with('\r')) text.remove_suffix(1);
  const bool is_utf8 = options_.encoding == TextEncoding::utf8;
  if (is_utf8 && options_.borrows) return parse_text(text, into);
  const std::string converted = is_utf8 ? std::string() : utf8_of_latin1(text);
  WEIR_TRY_VAR(is_record, parse_text(is_utf8 ? text : std::string_view(converted), into));
  if (const auto is = into.value.encoded()) into.value = Payload::owned(is->encoding, OwnedBytes(is->bytes));
  return is_record;
}

Result<bool> RecordParser::parse_text(std::string_view text, ConnectRecord& into) {
  if (text.find('\0') != std::string_view::npos) {
    return fail(ErrorCode::corrupt_data, "a NUL in it: it is no text, or text of another encoding, such as UTF-16");
  }
  switch (options_.format) {
    case FileFormat::lines:
      into.value.borrow(Encoding::string, text);
      return true;
    case FileFormat::csv:
      WEIR_TRY(check_utf8(text));
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
      WEIR_TRY(check_utf8(text));
      WEIR_TRY(parse_json(text, into));
      return true;
  }
  return false;
}

Result<> RecordParser::set_header(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto columns = parse_csv_record(text, options_.csv_separator);
  if (!columns) return fail(ErrorCode::invalid_config, "the header has " + columns.error().detail);
  WEIR_TRY(check_columns(*columns));
  for (const auto& field : {options_.key_field, options_.timestamp_field}) {
    if (field.empty() || std::find(columns->begin(), columns->end(), field) != columns->end()) continue;
    return fail(ErrorCode::invalid_config, "the header has no column '" + field + "'");
  }
  columns_ = *std::move(columns);
  header_ = text;
  return {};
}

void RecordParser::forget_header() {
  columns_.clear();
  header_.clear();
}

Result<> RecordParser::parse_row(std::string_view text, ConnectRecord& into) const {
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
    if (columns_[i] == options_.key_field) into.key = Payload::text(fields[i]);
    if (columns_[i] == options_.timestamp_field) {
      WEIR_TRY_VAR(timestamp, parse_timestamp(columns_[i], fields[i]));
      into.timestamp_ms = timestamp;
    }
  }
  json.push_back('}');
  into.value = Payload::json(std::move(json));
  return {};
}

Result<> RecordParser::parse_json(std::string_view text, ConnectRecord& into) const {
  WEIR_TRY_VAR(document, JsonDocument::parse(text));
  if (!options_.key_field.empty()) {
    WEIR_TRY_VAR(key, text_of_field(document.root(), options_.key_field));
    into.key = Payload::text(std::move(key));
  }
  if (!options_.timestamp_field.empty()) {
    WEIR_TRY_VAR(field, text_of_field(document.root(), options_.timestamp_field));
    WEIR_TRY_VAR(timestamp, parse_timestamp(options_.timestamp_field, field));
    into.timestamp_ms = timestamp;
  }
  into.value.borrow(Encoding::json, text);
  return {};
}

}  // namespace weir::connect
