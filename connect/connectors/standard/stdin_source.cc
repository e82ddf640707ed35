#include "connect/connectors/standard/stdin_source.h"

#include <deque>
#include <iterator>

#include "connect/connectors/files/record_reader.h"
#include "connect/connectors/standard/pipe_file.h"

namespace weir::connect {

namespace {

RecordReader::Options pipe_reader_options(const StdinSourceOptions& options) {
  RecordReader::Options reader{.longest = options.longest_record, .too_long = Malformed::skip};
  if (options.format == FileFormat::csv) reader.csv_separator = options.csv_separator;
  return reader;
}

class StdinSource final : public Source {
 public:
  explicit StdinSource(StdinSourceOptions options)
      : options_(std::move(options)),
        reader_(pipe_reader_options(options_)),
        parser_({options_.format, options_.csv_separator, options_.key_field, {}, {}}) {
    auto pipe = std::make_unique<PipeFile>(options_.descriptor);
    pipe_ = pipe.get();
    reader_.open(std::move(pipe), 0);
  }

  // Once: what was read and is not committed comes again, before what is still to be read.
  Result<> start(const SourcePositions&, Input) override {
    again_.insert(again_.begin(), std::make_move_iterator(given_.begin()), std::make_move_iterator(given_.end()));
    given_.clear();
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    while (into.records.size() < max_records) {
      WEIR_TRY_VAR(piece, next(into.records.empty() ? patience : Millis(0)));
      if (!piece) break;
      WEIR_TRY(take(*std::move(piece), now_ms, into));
    }
    into.at_end = into.records.empty() && pipe_->has_ended();
    return {};
  }

  Result<> committed() override {
    given_.clear();
    return {};
  }

 private:
  struct Piece {
    std::string text;
    std::uint64_t too_long = 0;  // its bytes; then there is no text
  };

  Result<std::optional<Piece>> next(Millis patience) {
    if (!again_.empty()) {
      Piece piece = std::move(again_.front());
      again_.pop_front();
      return piece;
    }
    pipe_->set_patience(patience);
    WEIR_TRY_VAR(found, reader_.peek());
    if (found) {
      Piece piece{std::string(found->text), found->too_long};
      reader_.consume();
      return piece;
    }
    if (!pipe_->has_ended() || !reader_.has_rest()) return std::nullopt;
    const auto rest = reader_.rest();
    Piece piece{std::string(rest.text), rest.too_long};
    reader_.consume_rest();
    return piece;
  }

  Result<> take(Piece taken, std::int64_t now_ms, SourceBatch& into) {
    const Piece& piece = given_.emplace_back(std::move(taken));  // which the record borrows
    std::string_view text = piece.text;
    if (taken_ == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    ConnectRecord& record = into.records.add();
    record.timestamp_ms = now_ms;
    auto is_record = piece.too_long == 0 ? parser_.parse(text, record) : too_long(piece);
    if (!is_record || !*is_record) into.records.drop_last();
    if (!is_record) {
      const Error why = is_record.error().at("standard input, record " + std::to_string(taken_ + 1));
      if (!options_.skip_malformed || why.code != ErrorCode::corrupt_data) return fail(why);
      into.rejected.push_back({piece.text, why});
    }
    ++taken_;
    return {};
  }

  Result<bool> too_long(const Piece& piece) const {
    return fail(ErrorCode::corrupt_data, std::to_string(piece.too_long) + " bytes, more than the " +
                                             std::to_string(options_.longest_record) + " that are allowed");
  }

  StdinSourceOptions options_;
  RecordReader reader_;
  PipeFile* pipe_;  // the reader's
  RecordParser parser_;
  std::uint64_t taken_ = 0;
  std::deque<Piece> given_;  // and not yet committed
  std::deque<Piece> again_;
};

constexpr Setting kStdinSettings[] = {
    {.name = "format",
     .type = SettingType::choice,
     .otherwise = "lines",
     .choices = "lines|csv|jsonl",
     .meaning = "lines: the value is the line; csv: the first record names the columns, each further one becomes a "
                "JSON object of texts; jsonl: each line is a JSON text and is checked"},
    {.name = "csv.separator", .otherwise = ",", .meaning = "one character; \\t is a tab"},
    {.name = "key.field", .meaning = "csv, jsonl: the field whose text becomes the record's key"},
    {.name = "record.max.bytes",
     .type = SettingType::integer,
     .otherwise = "67108864",
     .least = 1,
     .most = 1'000'000'000,
     .meaning = "a longer record is malformed"},
};

Result<StdinSourceOptions> stdin_options(const Settings& settings) {
  StdinSourceOptions options;
  options.format = static_cast<FileFormat>(settings.choice("format"));
  std::string separator = settings.text("csv.separator");
  if (separator == "\\t") separator = "\t";
  if (separator.size() != 1 || separator.find_first_of("\"\r\n") != std::string::npos) {
    return fail(settings.wrong("csv.separator", "must be one character of one byte, no quote and no line end"));
  }
  options.csv_separator = separator[0];
  options.key_field = settings.text("key.field");
  if (options.format == FileFormat::lines && !options.key_field.empty()) {
    return fail(settings.wrong("key.field", "lines have no fields; set format = csv or jsonl"));
  }
  options.longest_record = static_cast<std::size_t>(settings.integer("record.max.bytes"));
  options.skip_malformed = settings.text("errors.tolerance") == "all";
  return options;
}

}  // namespace

std::unique_ptr<Source> stdin_source(StdinSourceOptions options) {
  return std::make_unique<StdinSource>(std::move(options));
}

ConnectorClass stdin_class() {
  return {.names = {"stdin", "stdin-source"},
          .settings = kStdinSettings,
          .summary = "Reads standard input: lines, CSV rows or JSON texts.",
          .guarantee =
              "at most once: a pipe gives what it has once, and what was read but not committed when the "
              "process is killed is gone",
          .tasks = [](const Settings&, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
            return std::vector<ConnectorClass::TaskSettings>(1);
          },
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, stdin_options(settings));
            return stdin_source(std::move(options));
          }};
}

}  // namespace weir::connect
