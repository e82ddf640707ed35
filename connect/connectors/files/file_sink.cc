#include "connect/connectors/files/file_sink.h"

#include <optional>

#include "connect/connectors/files/rolling_file_sink.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "log/base/log_line.h"
#include "log/base/path.h"

namespace weir::connect {

namespace {

constexpr std::size_t kWriteSize = 256 * 1024;

// What the sink knows of its file: goes with the offsets.
struct Written {
  std::uint64_t inode = 0;
  std::uint64_t length = 0;

  std::string to_json() const {
    return "{\"file\":" + std::to_string(inode) + ",\"length\":" + std::to_string(length) + "}";
  }

  static Result<Written> parse(const std::string& json) {
    Written written;
    auto document = JsonDocument::parse(json);
    auto read = [&](std::string_view name, std::uint64_t& into) {
      const JsonValue* found = document && document->root().is_object() ? document->root().member(name) : nullptr;
      return found != nullptr && found->get(into);
    };
    if (read("file", written.inode) && read("length", written.length)) return written;
    return fail(ErrorCode::corrupt_data, "unreadable metadata of the last commit '" + json + "'");
  }
};

class FileSink final : public Sink {
 public:
  FileSink(FileSinkOptions options, FileSystem& files)
      : options_(std::move(options)), files_(files), writer_(options_.lines) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    owner_ = from.owner;
    buffer_.clear();
    file_.reset();
    lock_.reset();
    WEIR_TRY_VAR(last, last_of(from.committed));
    WEIR_TRY(last ? go_on(*last) : begin());
    if (written_.length == 0) buffer_ = writer_.head();
    return SinkStarted{.metadata = written_.to_json()};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    const std::size_t begin = buffer_.size();
    for (const ConnectRecord& record : records) {
      auto appended = writer_.append(record, buffer_);
      if (appended) continue;
      buffer_.resize(begin);
      return appended;
    }
    return buffer_.size() >= kWriteSize ? write() : Result<>{};
  }

  Result<std::string> flush() override {
    WEIR_TRY(write());
    WEIR_TRY(check_untouched());
    if (options_.fsync) WEIR_TRY(file_->sync_data());
    return written_.to_json();
  }

 private:
  Result<> begin() {
    WEIR_TRY(open(OpenMode::create));
    WEIR_TRY_VAR(inode, file_->inode());
    WEIR_TRY_VAR(size, file_->size());
    written_ = {inode, 0};
    if (size == 0) return sign();
    WEIR_TRY_VAR(is_ours, is_signed());
    if (!is_ours) {
      return fail(ErrorCode::already_exists,
                  options_.path + " (file " + std::to_string(inode) + ") holds " + std::to_string(size) +
                      " bytes that this connector did not write; remove it or name another file");
    }
    log_line::warn("{}: the log has lost the first commit of its {} bytes; they are written again from the beginning",
                   options_.path, size);
    return file_->truncate(0);
  }

  // Beside the file stands whose it is, from before its first byte on: a power cut may take the first commit, which
  // says the same inside the log.
  std::string signature_path() const {
    const std::string name = options_.path.substr(options_.path.rfind('/') + 1);
    return options_.path.substr(0, options_.path.size() - name.size()) + "." + name + ".weir-sink";
  }

  std::string signature() const {
    std::string json = "{\"owner\":";
    append_json_string(owner_, json);
    return json + ",\"file\":" + std::to_string(written_.inode) + "}\n";
  }

  Result<> sign() {
    WEIR_TRY(replace_file(files_, signature_path(), signature()));
    return files_.sync_directory(parent_directory(options_.path));
  }

  Result<bool> is_signed() {
    auto found = read_file(files_, signature_path());
    if (!found && found.error().code == ErrorCode::not_found) return false;
    if (!found) return fail(found.error());
    return *found == signature();
  }

  // The file grows, so its last commit is the longest. Partitions that were committed with another file were written by
  // another task, and what that one wrote after their last commit is not for this one to undo.
  Result<std::optional<Written>> last_of(const SinkCommits& committed) const {
    std::optional<Written> last;
    const log::TopicPartition* known_by = nullptr;
    for (const auto& [partition, commit] : committed) {
      auto written = Written::parse(commit.metadata);
      if (!written) return fail(written.error().at(options_.path + ", " + partition.to_string()));
      if (last && written->inode != last->inode) {
        return fail(ErrorCode::corrupt_data,
                    options_.path + ": " + known_by->to_string() + " was written to file " +
                        std::to_string(last->inode) + ", and " + partition.to_string() + " to file " +
                        std::to_string(written->inode) +
                        ": if tasks.max was changed, give it its old value, or the connector a new name");
      }
      if (!last || written->length > last->length) last = *written;
      known_by = &partition;
    }
    return last;
  }

  Result<> go_on(const Written& committed) {
    written_ = committed;
    const std::string before =
        "file " + std::to_string(written_.inode) + " with " + std::to_string(written_.length) + " bytes";
    auto opened = open(OpenMode::read_write);
    if (!opened && opened.error().code == ErrorCode::not_found) {
      return fail(ErrorCode::not_found, options_.path + " is not there, but " + before + " was written and committed");
    }
    WEIR_TRY(std::move(opened));
    WEIR_TRY_VAR(inode, file_->inode());
    WEIR_TRY_VAR(size, file_->size());
    if (inode != written_.inode || size < written_.length) {
      return fail(ErrorCode::corrupt_data, options_.path + " is file " + std::to_string(inode) + " with " +
                                               std::to_string(size) + " bytes, but " + before +
                                               " was written and committed");
    }
    return size > written_.length ? file_->truncate(written_.length) : Result<>{};
  }

  Result<> open(OpenMode mode) {
    WEIR_TRY_VAR(file, files_.open(options_.path, mode));
    auto lock = files_.lock(options_.path);
    if (!lock && lock.error().code == ErrorCode::locked) {
      return fail(ErrorCode::locked, options_.path + ": a second writer: " + lock.error().detail);
    }
    if (!lock) return fail(lock.error());
    file_ = std::move(file);
    lock_ = *std::move(lock);
    return {};
  }

  Result<> write() {
    if (buffer_.empty()) return {};
    WEIR_TRY(file_->write_at(written_.length, buffer_));
    written_.length += buffer_.size();
    buffer_.clear();
    return {};
  }

  // The lock keeps other sinks out; this sees everybody else.
  Result<> check_untouched() {
    WEIR_TRY_VAR(named, files_.open(options_.path, OpenMode::read));
    WEIR_TRY_VAR(inode, named->inode());
    WEIR_TRY_VAR(size, named->size());
    if (inode == written_.inode && size == written_.length) return {};
    return fail(ErrorCode::corrupt_data,
                options_.path + " is file " + std::to_string(inode) + " with " + std::to_string(size) +
                    " bytes, but file " + std::to_string(written_.inode) + " with " + std::to_string(written_.length) +
                    " bytes was written: somebody else writes to it");
  }

  const FileSinkOptions options_;
  FileSystem& files_;
  const LineWriter writer_;
  std::string owner_;
  std::unique_ptr<File> file_;
  std::unique_ptr<FileLock> lock_;
  Written written_;
  std::string buffer_;  // lines that follow at written_.length
};

}  // namespace

std::unique_ptr<Sink> file_sink(FileSinkOptions options, FileSystem& files, Clock& clock) {
  if (rolls(options)) return rolling_file_sink(std::move(options), files, clock);
  return std::make_unique<FileSink>(std::move(options), files);
}

}  // namespace weir::connect
