#include "connect/connectors/files/rolling_file_sink.h"

#include <optional>

#include "log/base/json_reader.h"
#include "log/base/log_line.h"
#include "log/base/path.h"

namespace weir::connect {

namespace {

constexpr std::string_view kNumber = "{number}";
constexpr std::size_t kPiece = 256 * 1024;

struct Part {
  std::uint64_t number = 0;
  std::uint64_t inode = 0;
  std::uint64_t length = 0;
  bool is_whole = false;

  std::string to_json() const {
    return "{\"number\":" + std::to_string(number) + ",\"file\":" + std::to_string(inode) +
           ",\"length\":" + std::to_string(length) + ",\"is_whole\":" + (is_whole ? "true" : "false") + "}";
  }
  static Result<Part> parse(const std::string& json) {
    auto document = JsonDocument::parse(json);
    const JsonValue* root = document && document->root().is_object() ? &document->root() : nullptr;
    const auto read = [root](std::string_view name, auto& into) {
      const JsonValue* found = root != nullptr ? root->member(name) : nullptr;
      return found != nullptr && found->get(into);
    };
    Part part;
    if (read("number", part.number) && read("file", part.inode) && read("length", part.length) &&
        read("is_whole", part.is_whole)) {
      return part;
    }
    return fail(ErrorCode::corrupt_data, "unreadable metadata of the last commit '" + json + "'");
  }
};

class RollingFileSink final : public Sink {
 public:
  RollingFileSink(FileSinkOptions options, FileSystem& files, Clock& clock)
      : options_(std::move(options)), files_(files), clock_(clock), writer_(options_.lines) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    file_.reset();
    lock_.reset();
    buffer_.clear();
    WEIR_TRY(lock());
    WEIR_TRY_VAR(last, last_of(from.committed));
    if (last) {
      part_ = *last;
      WEIR_TRY(part_.is_whole ? name_it() : go_on());
    } else {
      part_ = {};
      WEIR_TRY(begin());
    }
    return SinkStarted{.metadata = part_.to_json()};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    const std::size_t before = buffer_.size();
    for (const ConnectRecord& record : records) {
      auto appended = writer_.append(record, buffer_);
      if (appended) continue;
      buffer_.resize(before);
      return appended;
    }
    return buffer_.size() >= kPiece ? write() : Result<>{};
  }

  bool wants_flush() const override { return is_due(); }

  Result<std::string> flush() override {
    WEIR_TRY(write());
    part_.is_whole = is_due();
    if (options_.fsync || part_.is_whole) WEIR_TRY(file_->sync_data());
    return part_.to_json();
  }

  Result<> committed() override { return part_.is_whole ? name_it() : Result<>{}; }

 private:
  std::string path() const {
    std::string digits = std::to_string(part_.number);
    digits.insert(0, digits.size() < 10 ? 10 - digits.size() : 0, '0');
    std::string path = options_.path;
    return path.replace(path.find(kNumber), kNumber.size(), digits);
  }
  std::string part_path() const {
    const std::string whole = path();
    const std::size_t name = whole.rfind('/') + 1;
    return whole.substr(0, name) + "." + whole.substr(name) + ".part";
  }

  bool is_due() const {
    const std::uint64_t length = part_.length + buffer_.size();
    if (length <= head_size()) return false;
    if (options_.roll_bytes > 0 && length >= options_.roll_bytes) return true;
    return options_.roll_after.count() > 0 && clock_.monotonic_ms() - begun_ms_ >= options_.roll_after.count();
  }
  std::size_t head_size() const { return writer_.head().size(); }

  // One writer of these names at a time.
  Result<> lock() {
    std::string name = options_.path;
    name.replace(name.find(kNumber), kNumber.size(), "number");
    const std::size_t begin = name.rfind('/') + 1;
    const std::string path = name.substr(0, begin) + "." + name.substr(begin) + ".lock";
    WEIR_TRY(files_.create_directories(parent_directory(path)));
    auto lock = files_.lock(path);
    if (!lock) return fail(lock.error().at(options_.path + ": a second writer"));
    lock_ = *std::move(lock);
    return {};
  }

  Result<std::optional<Part>> last_of(const SinkCommits& committed) const {
    std::optional<Part> last;
    for (const auto& [partition, commit] : committed) {
      auto part = Part::parse(commit.metadata);
      if (!part) return fail(part.error().at(options_.path + ", " + partition.to_string()));
      const bool is_later =
          !last || part->number > last->number || (part->number == last->number && part->length >= last->length);
      if (is_later) last = *part;
    }
    return last;
  }

  // A new part. What stands at its names is of nobody: nothing of it was committed.
  Result<> begin() {
    WEIR_TRY_VAR(is_taken, files_.exists(path()));
    if (is_taken) {
      return fail(ErrorCode::already_exists,
                  path() + " is there, and this connector did not write it; remove it or name other files");
    }
    WEIR_TRY_VAR(file, files_.open(part_path(), OpenMode::create));
    WEIR_TRY(file->truncate(0));
    WEIR_TRY_VAR(inode, file->inode());
    file_ = std::move(file);
    part_.inode = inode;
    part_.length = 0;
    part_.is_whole = false;
    begun_ms_ = clock_.monotonic_ms();
    buffer_ = writer_.head();
    WEIR_TRY(write());
    return files_.sync_directory(parent_directory(part_path()));
  }

  Result<> go_on() {
    auto opened = files_.open(part_path(), OpenMode::read_write);
    if (!opened) return fail(opened.error().at("what was written and committed last"));
    WEIR_TRY_VAR(inode, (*opened)->inode());
    WEIR_TRY_VAR(size, (*opened)->size());
    if (inode != part_.inode || size < part_.length) {
      return fail(ErrorCode::corrupt_data, part_path() + " is file " + std::to_string(inode) + " with " +
                                               std::to_string(size) + " bytes, but file " +
                                               std::to_string(part_.inode) + " with " + std::to_string(part_.length) +
                                               " bytes was written and committed");
    }
    file_ = *std::move(opened);
    begun_ms_ = clock_.monotonic_ms();
    return size > part_.length ? file_->truncate(part_.length) : Result<>{};
  }

  // The part is whole and committed: it gets its name, unless it has it already, and the next one is begun.
  Result<> name_it() {
    file_.reset();
    auto part = files_.open(part_path(), OpenMode::read);
    if (part) {
      WEIR_TRY_VAR(inode, (*part)->inode());
      WEIR_TRY_VAR(size, (*part)->size());
      if (inode != part_.inode || size < part_.length) {
        return fail(ErrorCode::corrupt_data, part_path() + " is not what was written and committed");
      }
      if (size > part_.length) {
        WEIR_TRY_VAR(file, files_.open(part_path(), OpenMode::read_write));
        WEIR_TRY(file->truncate(part_.length));
      }
      WEIR_TRY(files_.rename(part_path(), path()));
      WEIR_TRY(files_.sync_directory(parent_directory(path())));
    } else if (part.error().code != ErrorCode::not_found) {
      return fail(part.error());
    } else if (!files_.exists(path()).value_or(false)) {
      log_line::warn("{} was written and committed, and somebody took it away", path());
    }
    part_ = {.number = part_.number + 1};
    return begin();
  }

  Result<> write() {
    if (buffer_.empty()) return {};
    WEIR_TRY(file_->write_at(part_.length, buffer_));
    part_.length += buffer_.size();
    buffer_.clear();
    return {};
  }

  const FileSinkOptions options_;
  FileSystem& files_;
  Clock& clock_;
  const LineWriter writer_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<File> file_;
  Part part_;                  // as far as it is written
  std::string buffer_;         // lines that follow at part_.length
  std::int64_t begun_ms_ = 0;  // monotonic
};

}  // namespace

bool rolls(const FileSinkOptions& options) {
  return options.roll_bytes > 0 || options.roll_after.count() > 0;
}

std::unique_ptr<Sink> rolling_file_sink(FileSinkOptions options, FileSystem& files, Clock& clock) {
  return std::make_unique<RollingFileSink>(std::move(options), files, clock);
}

}  // namespace weir::connect
