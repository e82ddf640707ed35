// FileTail: what is read of one file, and where its end is; what happens when the path comes to mean another file.
//
// A file that was moved away while there was more to read in it is read to its end first, wherever in its directory it
// went; then what has its name now is read from the beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connect/connectors/files/compressed_file.h"
#include "connect/connectors/files/file_position.h"
#include "connect/connectors/files/file_source.h"
#include "connect/connectors/files/record_parser.h"
#include "connect/connectors/files/record_reader.h"

namespace weir::connect {

// The name of a file's partition in positions: {"file":"PATH"}.
std::string file_partition(const std::string& path);

// As FileSystem::list wants it.
std::string directory_of(const std::string& path);

class FileTail {
 public:
  FileTail(FileSourceOptions options, FileSystem& files, Clock& clock);

  const std::string& path() const { return options_.path; }

  // As Source::check.
  Result<> check();
  // At a committed position, or at the beginning.
  Result<> start(const OwnedBytes* committed, Input input);
  // As Source::poll, of this file.
  Result<> poll(std::size_t max_records, std::int64_t now_ms, SourceBatch& into);
  std::string position() const { return position_.to_json(); }
  // What the path means now.
  Result<std::unique_ptr<File>> open_named() const;

  // The path means nothing any more, and all that was there is read.
  bool is_gone() const { return is_gone_; }
  // The path means another file, or one that was cut; and all that was there is read. Only where it is one of many:
  // then it is for the source to find out which.
  bool has_changed() const { return has_changed_; }

 private:
  enum class NeedsHeader { yes, no };

  Result<std::unique_ptr<File>> open();
  Result<> begin(std::unique_ptr<File> file);
  Result<> go_on(std::unique_ptr<File> file, FilePosition position);
  Result<> change_to(std::unique_ptr<File> file, const std::string& what);
  Result<std::unique_ptr<File>> find_moved(const FileIdentity& before);
  Result<> start_over(const std::string& what, SourceBatch& into);
  Result<bool> take_next(std::int64_t now_ms, SourceBatch& into);
  bool is_waited_for();
  Result<> take_rest(std::int64_t now_ms, SourceBatch& into);
  Result<> take(const RecordReader::Piece& piece, std::int64_t now_ms, SourceBatch& into);
  Result<> take(std::string_view text, std::int64_t now_ms, SourceBatch& into);
  Result<> skip(const Error& error, std::string_view text, SourceBatch& into, NeedsHeader asks = NeedsHeader::yes);
  bool needs_header() const { return options_.format == FileFormat::csv && parser_.header().empty(); }
  Result<> move_position();
  Result<> look_for_change(std::int64_t now_ms, SourceBatch& into);
  Result<> follow(std::unique_ptr<File> file, const CompressedFile* named, std::int64_t now_ms, SourceBatch& into);
  std::string place() const;

  FileSourceOptions options_;
  FileSystem& files_;
  Clock& clock_;
  RecordReader reader_;
  RecordParser parser_;
  const CompressedFile* compressed_ = nullptr;  // what is read, if it is one
  FilePosition position_;                       // behind what was polled
  std::optional<std::int64_t> waits_since_ms_;  // for the rest of a record of several lines (monotonic)
  std::size_t waits_for_ = 0;                   // how much of it was there then
  bool is_gone_ = false;
  bool has_changed_ = false;
  Input input_ = Input::may_grow;
};

}  // namespace weir::connect
