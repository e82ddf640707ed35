#include "connect/connectors/files/file_tail.h"

#include <algorithm>
#include <utility>

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
  reader.begins = options.record_begins;
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

}  // namespace

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string file_partition(const std::string& path) {
  std::string json = "{\"file\":";
  append_json_string(path, json);
  json.push_back('}');
  return json;
}

FileTail::FileTail(FileSourceOptions options, FileSystem& files, Clock& clock)
    : options_(std::move(options)),
      files_(files),
      clock_(clock),
      reader_(reader_options(options_)),
      parser_({options_.format, options_.csv_separator, options_.key_field, options_.timestamp_field, options_.encoding,
               true}) {}

Result<std::unique_ptr<File>> FileTail::open() {
  WEIR_TRY_VAR(raw, files_.open(options_.path, OpenMode::read));
  auto opened = uncompressed(std::move(raw), options_.compression);
  if (!opened) return fail(opened.error().at(options_.path));
  compressed_ = opened->compressed;
  return std::move(opened->file);
}

Result<std::unique_ptr<File>> FileTail::open_named() const {
  WEIR_TRY_VAR(raw, files_.open(options_.path, OpenMode::read));
  WEIR_TRY_VAR(opened, uncompressed(std::move(raw), options_.compression));
  return std::move(opened.file);
}

Result<> FileTail::check() {
  auto file = open();
  if (!file) return file.error().code == ErrorCode::not_found ? Result<>{} : fail(file.error());
  WEIR_TRY(check_beginning(**file, options_));
  if (options_.format != FileFormat::csv) return {};
  RecordReader reader(reader_options(options_));
  reader.open(*std::move(file), 0);
  WEIR_TRY_VAR(header, reader.peek());
  ConnectRecord none;
  auto known = header && header->too_long == 0 ? RecordParser(parser_).parse(header->text, none) : Result<bool>(false);
  return known ? Result<>{} : fail(known.error().at(options_.path + ":1"));
}

Result<> FileTail::start(const OwnedBytes* committed, Input input) {
  input_ = input;
  is_gone_ = false;
  has_changed_ = false;
  waits_since_ms_.reset();
  WEIR_TRY_VAR(file, open());
  if (committed == nullptr) return begin(std::move(file));
  auto position = FilePosition::parse(*committed);
  if (!position) return fail(position.error().at(options_.path));
  WEIR_TRY_VAR(what, difference(*file, position->file));
  if (what.empty()) return go_on(std::move(file), *std::move(position));
  if (options_.is_one_of_many) return change_to(std::move(file), what);
  WEIR_TRY_VAR(moved, find_moved(position->file));
  if (moved) {
    log_line::info("{} was moved away while it was not read to its end; the rest of it comes first", options_.path);
    return go_on(std::move(moved), *std::move(position));
  }
  return change_to(std::move(file), what);
}

// The file that was read before, under another name in the same directory; null if it is not there, or is another kind
// of file by now.
Result<std::unique_ptr<File>> FileTail::find_moved(const FileIdentity& before) {
  if (compressed_ != nullptr) return std::unique_ptr<File>();
  const std::size_t slash = options_.path.rfind('/');
  const std::string directory = slash == std::string::npos ? "" : options_.path.substr(0, slash + 1);
  const std::string own = options_.path.substr(directory.size());
  auto names = files_.list(directory_of(options_.path));
  if (!names) return std::unique_ptr<File>();
  for (const std::string& name : *names) {
    if (name == own || !name.starts_with(own)) continue;  // rotation adds to the name: app.log.1, app.log-20240501
    auto file = files_.open(directory + name, OpenMode::read);
    if (!file) continue;
    auto what = difference(**file, before);
    if (what && what->empty()) return *std::move(file);
  }
  return std::unique_ptr<File>();
}

Result<> FileTail::poll(std::size_t max_records, std::int64_t now_ms, SourceBatch& into) {
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

Result<> FileTail::begin(std::unique_ptr<File> file) {
  WEIR_TRY_VAR(identity, identify(*file, 0));
  position_ = {};
  position_.file = identity;
  parser_.forget_header();
  reader_.open(std::move(file), 0);
  return {};
}

Result<> FileTail::go_on(std::unique_ptr<File> file, FilePosition position) {
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
Result<> FileTail::change_to(std::unique_ptr<File> file, const std::string& what) {
  if (options_.replaced == Replaced::fail) {
    return fail(ErrorCode::corrupt_data,
                options_.path + " " + what + "; to read it from its beginning set file.replaced = restart");
  }
  log_line::warn("{} {}; reading it from its beginning", options_.path, what);
  return begin(std::move(file));
}

// The file was cut or written anew while it was read: what was just read of it may be the one or the other.
Result<> FileTail::start_over(const std::string& what, SourceBatch& into) {
  into.records.clear();
  into.rejected.clear();
  into.at_end = false;
  WEIR_TRY_VAR(file, open());
  return change_to(std::move(file), what);
}

// Takes the next record, if there is one: false at the end.
Result<bool> FileTail::take_next(std::int64_t now_ms, SourceBatch& into) {
  WEIR_TRY_VAR(piece, reader_.peek());
  if (!piece && is_waited_for()) {
    WEIR_TRY_VAR(completed, reader_.peek());
    piece = completed;
  }
  if (piece) {
    WEIR_TRY(take(*piece, now_ms, into));
    position_.is_line_open = false;
    reader_.consume();
    waits_since_ms_.reset();
    return true;
  }
  if (input_ == Input::is_complete && compressed_ != nullptr && compressed_->is_cut()) {
    return fail(ErrorCode::corrupt_data, "it ends within what was compressed");
  }
  if (input_ == Input::may_grow || !reader_.has_rest()) return false;
  WEIR_TRY(take_rest(now_ms, into));
  return true;
}

// Whether lines that are there are a record although the one that begins the next is not: at the end of the input, or
// where nothing came for a while.
bool FileTail::is_waited_for() {
  const std::size_t waiting = reader_.whole_lines();
  if (waiting == 0) return false;
  if (input_ == Input::is_complete) return reader_.end_record_here(RecordReader::Last::is_whole);
  const std::int64_t now_ms = clock_.monotonic_ms();
  if (!waits_since_ms_ || waits_for_ != waiting) {
    waits_since_ms_ = now_ms;
    waits_for_ = waiting;
  }
  if (now_ms - *waits_since_ms_ < options_.record_wait.count()) return false;
  return reader_.end_record_here(RecordReader::Last::may_grow);
}

// The end of the input completes its last line.
Result<> FileTail::take_rest(std::int64_t now_ms, SourceBatch& into) {
  WEIR_TRY(take(reader_.rest(), now_ms, into));
  position_.is_line_open = true;
  reader_.consume_rest();
  return {};
}

Result<> FileTail::take(const RecordReader::Piece& piece, std::int64_t now_ms, SourceBatch& into) {
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

Result<> FileTail::take(std::string_view text, std::int64_t now_ms, SourceBatch& into) {
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
  if (options_.format == FileFormat::csv || options_.record_begins) {  // records that may span lines
    const char line_end = options_.line_end == LineEnd::cr ? '\r' : '\n';
    position_.line += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), line_end));
  }
  return {};
}

Result<> FileTail::skip(const Error& error, std::string_view text, SourceBatch& into, NeedsHeader asks) {
  const bool may_skip = options_.malformed == Malformed::skip && error.code == ErrorCode::corrupt_data;
  if (!may_skip || (asks == NeedsHeader::yes && needs_header())) return fail(error);
  into.rejected.push_back({OwnedBytes(text), error.at(place())});
  return {};
}

Result<> FileTail::move_position() {
  auto identity = identify(reader_.file(), reader_.offset());
  if (!identity) return fail(identity.error().at(options_.path));
  position_.file = *identity;
  position_.offset = reader_.offset();
  position_.header = parser_.header();
  return {};
}

// At the end of what is there: does the path still mean this file, and is it still what was read?
Result<> FileTail::look_for_change(std::int64_t now_ms, SourceBatch& into) {
  const CompressedFile* const read = compressed_;
  auto file = open();
  const CompressedFile* const named = std::exchange(compressed_, read);
  is_gone_ = !file && file.error().code == ErrorCode::not_found;
  if (!file) return is_gone_ ? Result<>{} : fail(file.error());
  WEIR_TRY_VAR(what, difference(**file, position_.file));
  if (what.empty()) return {};
  if (options_.is_one_of_many) {
    has_changed_ = true;
    return {};
  }
  if (read == nullptr) {
    WEIR_TRY_VAR(moved, find_moved(position_.file));
    if (moved) return follow(*std::move(file), named, now_ms, into);
  }
  if (options_.replaced == Replaced::fail && !into.records.empty()) return {};  // these first; then the next poll
  if (options_.replaced == Replaced::restart && reader_.has_rest()) WEIR_TRY(take_rest(now_ms, into));
  into.at_end = false;
  compressed_ = named;
  return change_to(*std::move(file), what);
}

// What was read is there under another name: nothing is lost, so nobody is asked. Its writer may have written more
// meanwhile, which comes first.
Result<> FileTail::follow(std::unique_ptr<File> file, const CompressedFile* named, std::int64_t now_ms,
                          SourceBatch& into) {
  into.at_end = false;
  WEIR_TRY_VAR(more, reader_.peek());
  if (more) return {};
  if (reader_.has_rest()) WEIR_TRY(take_rest(now_ms, into));
  log_line::info("{} was moved away and is read to its end; reading what has its name now", options_.path);
  compressed_ = named;
  return begin(std::move(file));
}

std::string FileTail::place() const {
  return options_.path + ":" + std::to_string(position_.line + (position_.is_line_open ? 0 : 1));
}

}  // namespace weir::connect
