#include "connect/connectors/file_source.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "connect/connectors/file_position.h"
#include "connect/connectors/record_reader.h"
#include "connect/json_text.h"

namespace weir::connect {

namespace {

constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;

std::optional<char> separator_of(const FileSourceOptions& options) {
  if (options.format != FileFormat::csv) return std::nullopt;
  return options.csv_separator;
}

class FileSource final : public Source {
 public:
  FileSource(FileSourceOptions options, FileSystem& files)
      : options_(std::move(options)),
        files_(files),
        reader_(separator_of(options_)),
        parser_({options_.format, options_.csv_separator, options_.key_field, options_.timestamp_field}) {}

  std::string partition() const override {
    std::string json = "{\"file\":";
    append_json_string(options_.path, json);
    json.push_back('}');
    return json;
  }

  Result<> start(const std::optional<OwnedBytes>& committed, Input input) override {
    input_ = input;
    WEIR_TRY_VAR(file, files_.open(options_.path, OpenMode::read));
    if (!committed) return begin(std::move(file));
    auto position = FilePosition::parse(*committed);
    if (!position) return fail(position.error().at(options_.path));
    WEIR_TRY_VAR(what, difference(*file, position->file));
    if (!what.empty()) return change_to(std::move(file), what);
    return go_on(std::move(file), *std::move(position));
  }

  Result<> poll(std::size_t max_records, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.skipped = 0;
    into.at_end = false;
    const std::uint64_t begin = position_.offset;
    while (into.records.size() < max_records && reader_.offset() - begin < kBatchBytes) {
      auto more = take_next(now_ms, into);
      if (!more) {
        // What came before the failure goes first; the next poll fails at once.
        if (into.records.empty()) return fail(more.error().at(place()));
        break;
      }
      if (*more) continue;
      into.at_end = true;
      break;
    }
    if (position_.offset != reader_.offset()) WEIR_TRY(move_position());
    if (into.at_end && input_ == Input::may_grow) WEIR_TRY(look_for_change(now_ms, into));
    into.position = position_.to_json();
    return {};
  }

 private:
  Result<> begin(std::unique_ptr<File> file) {
    WEIR_TRY_VAR(identity, identify(*file, 0));
    position_ = {};
    position_.file = identity;
    parser_.forget_header();
    reader_.open(std::move(file), 0);
    return {};
  }

  Result<> go_on(std::unique_ptr<File> file, FilePosition position) {
    position_ = std::move(position);
    parser_.forget_header();
    if (!position_.header.empty()) {
      auto known = parser_.set_header(position_.header);
      if (!known) return fail(known.error().at(options_.path));
    }
    reader_.open(std::move(file), position_.offset);
    return {};
  }

  // The path means another file, or the file is not what it was.
  Result<> change_to(std::unique_ptr<File> file, const std::string& what) {
    if (options_.replaced == Replaced::fail) {
      return fail(ErrorCode::corrupt_data,
                  options_.path + " " + what + "; to read it from its beginning set file.replaced = restart");
    }
    spdlog::warn("{} {}; reading it from its beginning", options_.path, what);
    return begin(std::move(file));
  }

  // Takes the next record, if there is one: false at the end.
  Result<bool> take_next(std::int64_t now_ms, SourceBatch& into) {
    WEIR_TRY_VAR(text, reader_.peek());
    if (text) {
      WEIR_TRY(take(*text, now_ms, into));
      position_.is_line_open = false;
      reader_.consume();
      return true;
    }
    if (input_ == Input::may_grow || reader_.rest().empty()) return false;
    WEIR_TRY(take_rest(now_ms, into));
    return true;
  }

  // The end of the input completes its last line.
  Result<> take_rest(std::int64_t now_ms, SourceBatch& into) {
    WEIR_TRY(take(reader_.rest(), now_ms, into));
    position_.is_line_open = true;
    reader_.consume_rest();
    return {};
  }

  Result<> take(std::string_view text, std::int64_t now_ms, SourceBatch& into) {
    const bool goes_on = position_.is_line_open;  // `text` follows what was taken without its newline
    if (goes_on && (text.empty() || text == "\r")) return {};
    if (goes_on) {
      spdlog::warn("{}: the line was taken as complete and has grown; the rest becomes a record of its own", place());
    }
    SourceRecord record;
    record.timestamp_ms = options_.timestamps == Timestamps::zero ? 0 : now_ms;
    auto is_record = parser_.parse(text, record);
    if (is_record && *is_record) into.records.push_back(std::move(record));
    if (!is_record) WEIR_TRY(skip(is_record.error(), into));
    position_.line += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + (goes_on ? 0 : 1);
    return {};
  }

  Result<> skip(const Error& error, SourceBatch& into) {
    const bool may_skip = options_.malformed == Malformed::skip && error.code == ErrorCode::corrupt_data;
    if (!may_skip || needs_header()) return fail(error);
    if (into.skipped++ == 0) spdlog::warn("{}: skipped: {}", place(), error.detail);
    return {};
  }

  bool needs_header() const { return options_.format == FileFormat::csv && parser_.header().empty(); }

  Result<> move_position() {
    auto identity = identify(reader_.file(), reader_.offset());
    if (!identity) return fail(identity.error().at(options_.path));
    position_.file = *identity;
    position_.offset = reader_.offset();
    position_.header = parser_.header();
    return {};
  }

  // At the end of what is there: does the path still mean this file, and is it still what was read?
  Result<> look_for_change(std::int64_t now_ms, SourceBatch& into) {
    auto file = files_.open(options_.path, OpenMode::read);
    if (!file) return file.error().code == ErrorCode::not_found ? Result<>{} : fail(file.error());  // moved away
    WEIR_TRY_VAR(what, difference(**file, position_.file));
    if (what.empty()) return {};
    if (options_.replaced == Replaced::fail && !into.records.empty()) return {};  // these first; then the next poll
    if (options_.replaced == Replaced::restart && !reader_.rest().empty()) WEIR_TRY(take_rest(now_ms, into));
    into.at_end = false;
    return change_to(*std::move(file), what);
  }

  std::string place() const {
    return options_.path + ":" + std::to_string(position_.line + (position_.is_line_open ? 0 : 1));
  }

  FileSourceOptions options_;
  FileSystem& files_;
  RecordReader reader_;
  RecordParser parser_;
  FilePosition position_;  // behind what was polled
  Input input_ = Input::may_grow;
};

}  // namespace

std::unique_ptr<Source> file_source(FileSourceOptions options, FileSystem& files) {
  return std::make_unique<FileSource>(std::move(options), files);
}

}  // namespace weir::connect
