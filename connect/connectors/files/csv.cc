#include "connect/connectors/files/csv.h"

#include <algorithm>

namespace weir::connect {

namespace {

// Reads a quoted field whose opening quote is at `at`, and moves `at` behind the closing one.
Result<std::string> quoted_field(std::string_view record, std::size_t& at, char separator) {
  std::string field;
  ++at;
  for (;;) {
    auto quote = record.find('"', at);
    if (quote == std::string_view::npos) return fail(ErrorCode::corrupt_data, "a quote that is not closed");
    field.append(record.substr(at, quote - at));
    at = quote + 1;
    if (at == record.size() || record[at] != '"') break;
    field.push_back('"');
    ++at;
  }
  if (at < record.size() && record[at] != separator) {
    return fail(ErrorCode::corrupt_data, "text behind a closing quote");
  }
  return field;
}

Result<std::string> plain_field(std::string_view record, std::size_t& at, char separator) {
  auto end = std::min(record.find(separator, at), record.size());
  std::string field(record.substr(at, end - at));
  if (field.find('"') != std::string::npos) return fail(ErrorCode::corrupt_data, "a quote in the middle of a field");
  at = end;
  return field;
}

}  // namespace

std::optional<std::size_t> CsvSplitter::find_end(std::string_view text) {
  for (; looked_at_ < text.size(); ++looked_at_) {
    char letter = text[looked_at_];
    if (letter == line_end_ && state_ != State::quoted) {
      std::size_t size = looked_at_;
      restart();
      return size;
    }
    state_ = after(letter);
  }
  return std::nullopt;
}

void CsvSplitter::restart() {
  state_ = State::field_start;
  looked_at_ = 0;
}

CsvSplitter::State CsvSplitter::after(char letter) const {
  if (state_ == State::quoted) return letter == '"' ? State::quote_in_quoted : State::quoted;
  if (letter == separator_) return State::field_start;
  if (letter == '"' && state_ != State::plain) return State::quoted;
  return State::plain;
}

Result<std::vector<std::string>> parse_csv_record(std::string_view record, char separator) {
  std::vector<std::string> fields;
  for (std::size_t at = 0;; ++at) {  // the separator; a field follows, be it empty
    bool is_quoted = at < record.size() && record[at] == '"';
    WEIR_TRY_VAR(field, is_quoted ? quoted_field(record, at, separator) : plain_field(record, at, separator));
    fields.push_back(std::move(field));
    if (at >= record.size()) return fields;
  }
}

}  // namespace weir::connect
