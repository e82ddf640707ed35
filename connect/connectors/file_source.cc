#include "connect/connectors/file_source.h"

#include <algorithm>

#include "connect/connectors/file_position.h"
#include "connect/connectors/record_reader.h"
#include "log/base/json_writer.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

constexpr std::size_t kBatchBytes = 4 * 1024 * 1024;

RecordReader::Options reader_options(const FileSourceOptions& options) {
  RecordReader::Options reader{.line_end = options.line_end == LineEnd::cr ? '\r' : '\n',
                               .longest = options.longest_record,
                               .too_long = options.malformed};
  if (options.format == FileFormat::csv) reader.csv_separator = options.csv_separator;
  return reader;
}

// Whether what the file begins with can be read as these options say: what cannot be would be one endless line.
Result<> check_beginning(const File& file, const FileSourceOptions& options) {
  std::string first(64 * 1024, '\0');
  WEIR_TRY_VAR(got, file.read_at(0, first.data(), first.size()));
  first.resize(got);
  if (first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff")) {
    return fail(ErrorCode::invalid_config,
                options.path + " is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8 " + options.path + " > OTHER");
  }
  const std::size_t end = first.find('\r');
  const bool has_others = end != std::string::npos && first.find_first_not_of('\r', end) != std::string::npos;
  if (options.line_end != LineEnd::detect || !has_others || first.find('\n') != std::string::npos) return {};
  return fail(ErrorCode::invalid_config,
              options.path + " has carriage returns and no newlines; set line.end = cr if its lines end so, or lf");
}

// What is read of one file, and where its end is.
class FileTail {
 public:
  FileTail(FileSourceOptions options, FileSystem& files)
      : options_(std::move(options)),
        files_(files),
        reader_(reader_options(options_)),
        parser_({options_.format, options_.csv_separator, options_.key_field, options_.timestamp_field,
                 options_.encoding, true}) {}

  Result<> check() {
    auto file = files_.open(options_.path, OpenMode::read);
    if (!file) return file.error().code == ErrorCode::not_found ? Result<>{} : fail(file.error());
    WEIR_TRY(check_beginning(**file, options_));
    if (options_.format != FileFormat::csv) return {};
    RecordReader reader(reader_options(options_));
    reader.open(*std::move(file), 0);
    WEIR_TRY_VAR(header, reader.peek());
    ConnectRecord none;
    auto known =
        header && header->too_long == 0 ? RecordParser(parser_).parse(header->text, none) : Result<bool>(false);
    return known ? Result<>{} : fail(known.error().at(options_.path + ":1"));
  }

  // The partition's name.
  std::string partition() const {
    std::string json = "{\"file\":";
    append_json_string(options_.path, json);
    json.push_back('}');
    return json;
  }

  Result<> start(const OwnedBytes* committed, Input input) {
    input_ = input;
    WEIR_TRY_VAR(file, files_.open(options_.path, OpenMode::read));
    if (committed == nullptr) return begin(std::move(file));
    auto position = FilePosition::parse(*committed);
    if (!position) return fail(position.error().at(options_.path));
    WEIR_TRY_VAR(what, difference(*file, position->file));
    if (!what.empty()) return change_to(std::move(file), what);
    return go_on(std::move(file), *std::move(position));
  }

  Result<> poll(std::size_t max_records, std::int64_t now_ms, SourceBatch& into) {
    into.records.clear();
    reader_.release();
    into.at_end = false;
    if (reader_.offset() == 0) WEIR_TRY(check_beginning(reader_.file(), options_));
    const std::uint64_t begin = position_.offset;
    std::optional<Error> failure;
    while (into.records.size() < max_records && reader_.offset() - begin < kBatchBytes) {
      auto more = take_next(now_ms, into);
      if (!more) failure = more.error().at(place());
      if (!more || *more) {
        if (failure) break;
        continue;
      }
      into.at_end = true;
      break;
    }
    WEIR_TRY_VAR(what, difference(reader_.file(), position_.file));
    if (!what.empty()) return start_over(what, into);
    // What came before the failure goes first; the next poll fails at once.
    if (failure && into.records.empty()) return fail(*failure);
    if (position_.offset != reader_.offset()) WEIR_TRY(move_position());
    if (into.at_end && input_ == Input::may_grow) WEIR_TRY(look_for_change(now_ms, into));
    return {};
  }

  std::string position() const { return position_.to_json(); }

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
    log_line::warn("{} {}; reading it from its beginning", options_.path, what);
    return begin(std::move(file));
  }

  // The file was cut or written anew while it was read: what was just read of it may be the one or the other.
  Result<> start_over(const std::string& what, SourceBatch& into) {
    into.records.clear();
    into.rejected.clear();
    into.at_end = false;
    WEIR_TRY_VAR(file, files_.open(options_.path, OpenMode::read));
    return change_to(std::move(file), what);
  }

  // Takes the next record, if there is one: false at the end.
  Result<bool> take_next(std::int64_t now_ms, SourceBatch& into) {
    WEIR_TRY_VAR(piece, reader_.peek());
    if (piece) {
      WEIR_TRY(take(*piece, now_ms, into));
      position_.is_line_open = false;
      reader_.consume();
      return true;
    }
    if (input_ == Input::may_grow || !reader_.has_rest()) return false;
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

  Result<> take(const RecordReader::Piece& piece, std::int64_t now_ms, SourceBatch& into) {
    if (piece.nuls > 0) {
      WEIR_TRY(skip({ErrorCode::corrupt_data, std::to_string(piece.nuls) + " NUL bytes"}, "", into, NeedsHeader::no));
      if (piece.text.empty() && piece.too_long == 0) {
        ++position_.line;
        return {};
      }
    }
    if (piece.too_long == 0) return take(piece.text, now_ms, into);
    WEIR_TRY(skip({ErrorCode::corrupt_data, "a record of " + std::to_string(piece.too_long) + " bytes, more than the " +
                                                std::to_string(options_.longest_record) + " that are allowed"},
                  "", into));
    ++position_.line;
    return {};
  }

  Result<> take(std::string_view text, std::int64_t now_ms, SourceBatch& into) {
    const bool goes_on = position_.is_line_open;  // `text` follows what was taken without its newline
    if (goes_on && (text.empty() || text == "\r")) return {};
    if (goes_on) {
      log_line::warn("{}: the line was taken as complete and has grown; the rest becomes a record of its own", place());
    }
    if (reader_.offset() == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    ConnectRecord& record = into.records.add();
    record.timestamp_ms = options_.timestamps == Timestamps::zero ? 0 : now_ms;
    auto is_record = parser_.parse(text, record);
    if (!is_record || !*is_record) into.records.drop_last();
    if (!is_record) WEIR_TRY(skip(is_record.error(), text, into));
    position_.line += goes_on ? 0 : 1;
    if (options_.format == FileFormat::csv) {  // the only one whose records span lines
      const char line_end = options_.line_end == LineEnd::cr ? '\r' : '\n';
      position_.line += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), line_end));
    }
    return {};
  }

  enum class NeedsHeader { yes, no };

  Result<> skip(const Error& error, std::string_view text, SourceBatch& into, NeedsHeader asks = NeedsHeader::yes) {
    const bool may_skip = options_.malformed == Malformed::skip && error.code == ErrorCode::corrupt_data;
    if (!may_skip || (asks == NeedsHeader::yes && needs_header())) return fail(error);
    into.rejected.push_back({OwnedBytes(text), error.at(place())});
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
    if (options_.replaced == Replaced::restart && reader_.has_rest()) WEIR_TRY(take_rest(now_ms, into));
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

// Files in turn: a poll gives what one of them has, and is at the end where none has anything.
class FileSource final : public Source {
 public:
  FileSource(std::vector<FileSourceOptions> options, FileSystem& files) {
    for (auto& each : options) tails_.emplace_back(std::move(each), files);
    for (const FileTail& tail : tails_) partitions_.push_back(tail.partition());
  }

  Result<> check() override {
    for (FileTail& tail : tails_) WEIR_TRY(tail.check());
    return {};
  }

  Result<> start(const SourcePositions& committed, Input input) override {
    for (std::size_t i = 0; i < tails_.size(); ++i) {
      auto found = committed.find(partitions_[i]);
      WEIR_TRY(tails_[i].start(found != committed.end() ? &found->second : nullptr, input));
    }
    return {};
  }

  Result<> poll(std::size_t max_records, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.positions.clear();
    into.rejected.clear();
    for (std::size_t looked_at = 0; looked_at < tails_.size(); ++looked_at) {
      const std::size_t chosen = next_;
      next_ = (next_ + 1) % tails_.size();
      WEIR_TRY(tails_[chosen].poll(max_records, now_ms, into));
      into.positions[partitions_[chosen]] = tails_[chosen].position();
      if (into.at_end && into.records.empty() && into.rejected.empty()) continue;
      if (tails_.size() > 1) into.at_end = false;  // of this file
      return {};
    }
    return {};
  }

 private:
  std::vector<FileTail> tails_;
  std::vector<std::string> partitions_;  // their names
  std::size_t next_ = 0;                 // to be polled
};

}  // namespace

std::unique_ptr<Source> file_source(FileSourceOptions options, FileSystem& files) {
  return file_source(std::vector{std::move(options)}, files);
}

std::unique_ptr<Source> file_source(std::vector<FileSourceOptions> options, FileSystem& files) {
  return std::make_unique<FileSource>(std::move(options), files);
}

}  // namespace weir::connect
