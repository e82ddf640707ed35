#include "cli/record_format.h"

#include "log/base/json_writer.h"

namespace weir::cli {

namespace {

constexpr std::string_view kFields = "tpoksThKS";

Result<char> escaped(std::string_view text, std::size_t& at) {
  switch (text[at]) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '\\':
      return '\\';
    case 'x':
      if (auto byte = from_hex(text.substr(at + 1, 2)); byte && byte->size() == 1) {
        at += 2;
        return (*byte)[0];
      }
      break;
    default:
      break;
  }
  return fail(ErrorCode::invalid_argument, "format: unknown escape '\\" + std::string(text.substr(at, 1)) + "'");
}

std::string size_of(const NullableBytes& bytes) {
  return bytes ? std::to_string(bytes->size()) : "-1";
}

void append_headers(const log::RecordView& record, std::string& out) {
  bool is_first = true;
  for (const auto& header : record.headers.decode()) {
    if (!is_first) out.push_back(',');
    is_first = false;
    out.append(header.key).push_back('=');
    if (header.value) out.append(*header.value);
  }
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view text, ValueFormat key, ValueFormat value) {
  RecordFormat format;
  format.key_ = key;
  format.value_ = value;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (letter != '%' && letter != '\\') {
      format.add_literal(letter);
      continue;
    }
    if (++at == text.size()) return fail(ErrorCode::invalid_argument, std::string("format: ends in '") + letter + "'");
    if (letter == '\\') {
      WEIR_TRY_VAR(meant, escaped(text, at));
      format.add_literal(meant);
    } else if (text[at] == '%') {
      format.add_literal('%');
    } else if (kFields.find(text[at]) != std::string_view::npos) {
      format.pieces_.push_back({text[at], {}});
    } else {
      return fail(ErrorCode::invalid_argument, std::string("format: unknown field '%") + text[at] + "'");
    }
  }
  return format;
}

void RecordFormat::add_literal(char letter) {
  if (pieces_.empty() || pieces_.back().field != 0) pieces_.emplace_back();
  pieces_.back().literal.push_back(letter);
}

Result<> RecordFormat::append(const log::TopicPartition& from, const log::RecordView& record, std::string& out) const {
  for (const Piece& piece : pieces_) {
    if (piece.field == 0) {
      out.append(piece.literal);
    } else {
      WEIR_TRY(append_field(piece.field, from, record, out));
    }
  }
  return {};
}

Result<> RecordFormat::append_field(char field, const log::TopicPartition& from, const log::RecordView& record,
                                    std::string& out) const {
  switch (field) {
    case 't':
      out.append(from.topic);
      break;
    case 'p':
      out.append(std::to_string(from.partition.value()));
      break;
    case 'o':
      out.append(std::to_string(record.offset.value()));
      break;
    case 'T':
      out.append(std::to_string(record.timestamp_ms));
      break;
    case 'k':
      if (record.key) return append_text(key_, *record.key, out);
      break;
    case 's':
      if (record.value) return append_text(value_, *record.value, out);
      break;
    case 'K':
      out.append(size_of(record.key));
      break;
    case 'S':
      out.append(size_of(record.value));
      break;
    case 'h':
      append_headers(record, out);
      break;
    default:
      break;
  }
  return {};
}

Result<> append_json_line(const log::TopicPartition& from, const log::RecordView& record, ValueFormat key,
                          ValueFormat value, std::string& out) {
  out.append("{\"topic\":");
  append_json_string(from.topic, out);
  out.append(",\"partition\":" + std::to_string(from.partition.value()));
  out.append(",\"offset\":" + std::to_string(record.offset.value()));
  out.append(",\"timestamp\":" + std::to_string(record.timestamp_ms));
  out.append(",\"key\":");
  WEIR_TRY(append_as_json(key, record.key, out));
  out.append(",\"value\":");
  WEIR_TRY(append_as_json(value, record.value, out));
  out.append(",\"headers\":[");
  bool is_first = true;
  for (const auto& header : record.headers.decode()) {
    out.append(is_first ? "{\"name\":" : ",{\"name\":");
    is_first = false;
    append_json_string(header.key, out);
    out.append(",\"value\":");
    WEIR_TRY(append_as_json(ValueFormat::string, header.value, out));
    out.push_back('}');
  }
  out.append("]}\n");
  return {};
}

}  // namespace weir::cli
