#include "connect/connectors/files/line_writer.h"

namespace weir::connect {

namespace {

// A field as RFC 4180 wants it.
void append_field(std::string_view text, char separator, std::string& out) {
  const bool needs_quotes = text.find_first_of("\"\r\n") != std::string_view::npos ||
                            text.find(separator) != std::string_view::npos || text.starts_with(' ') ||
                            text.ends_with(' ');
  if (!needs_quotes) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

const Value* field_of(const Value& value, const std::string& name) {
  if (const auto* map = value.get_if<Map>()) return map->find(name);
  if (const auto* structure = value.get_if<Struct>()) return structure->find(name);
  return nullptr;
}

}  // namespace

std::string LineWriter::head() const {
  std::string line;
  if (options_.format != LineFormat::csv) return line;
  for (const std::string& column : options_.columns) {
    if (&column != &options_.columns.front()) line += options_.csv_separator;
    append_field(column, options_.csv_separator, line);
  }
  return line + "\n";
}

Result<> LineWriter::append(const ConnectRecord& record, std::string& out) const {
  const std::size_t before = out.size();
  auto appended = append_whole(record, out);
  if (!appended) out.resize(before);
  return appended;
}

Result<> LineWriter::append_whole(const ConnectRecord& record, std::string& out) const {
  switch (options_.format) {
    case LineFormat::jsonl:
      if (options_.envelope == Envelope::key_value) {
        out.append("{\"key\":");
        WEIR_TRY(record.key.append_json_to(out));
        out.append(",\"value\":");
      }
      WEIR_TRY(record.value.append_json_to(out));
      out.append(options_.envelope == Envelope::key_value ? "}\n" : "\n");
      return {};
    case LineFormat::lines: {
      const std::size_t before = out.size();
      if (auto text = record.value.bytes_as(Encoding::string)) {
        out.append(*text);
      } else if (!record.value.is_null()) {
        WEIR_TRY_VAR(datum, record.value.datum());
        if (const auto* string = datum->value.get_if<std::string>()) {
          out.append(*string);
        } else {
          WEIR_TRY(record.value.append_json_to(out));
        }
      }
      if (out.find_first_of("\r\n", before) != std::string::npos) {
        return fail(ErrorCode::invalid_record, "a text with a line end in it is no line");
      }
      out += '\n';
      return {};
    }
    case LineFormat::csv:
      return append_row(record, out);
  }
  return {};
}

Result<> LineWriter::append_row(const ConnectRecord& record, std::string& out) const {
  WEIR_TRY_VAR(datum, record.value.datum());
  if (!datum->value.is<Map>() && !datum->value.is<Struct>()) {
    return fail(ErrorCode::invalid_record, std::string(name_of_type(datum->value)) + " has no columns");
  }
  std::string text;
  for (const std::string& column : options_.columns) {
    if (&column != &options_.columns.front()) out += options_.csv_separator;
    const Value* value = field_of(datum->value, column);
    if (value == nullptr || value->is_null()) continue;
    text.clear();
    if (const auto* string = value->get_if<std::string>()) {
      text = *string;
    } else {
      WEIR_TRY(append_json(*value, text));
      // A date or a number of any size is a JSON string: as a field it needs no quotes of JSON's own.
      if (text.starts_with('"') && text.find('\\') == std::string::npos) text = text.substr(1, text.size() - 2);
    }
    append_field(text, options_.csv_separator, out);
  }
  out += '\n';
  return {};
}

}  // namespace weir::connect
