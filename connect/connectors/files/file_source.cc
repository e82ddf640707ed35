#include "connect/connectors/files/file_source.h"

#include <algorithm>
#include <set>

#include <fnmatch.h>

#include "connect/connectors/files/file_tail.h"

namespace weir::connect {

namespace {

// Files in turn: a poll gives what one of them has, and is at the end where none has anything.
class FileSource final : public Source {
 public:
  FileSource(std::vector<FileSourceOptions> options, FileSystem& files, Clock& clock) : files_(files), clock_(clock) {
    for (FileSourceOptions& each : options) {
      if (is_file_pattern(each.path)) {
        each.is_one_of_many = true;
        patterns_.push_back(std::move(each));
      } else {
        tails_.push_back(std::make_unique<FileTail>(std::move(each), files_, clock_));
      }
    }
    fixed_ = tails_.size();
  }

  Result<> check() override {
    for (const auto& tail : tails_) WEIR_TRY(tail->check());
    for (const FileSourceOptions& pattern : patterns_) {
      WEIR_TRY_VAR(paths, paths_of(pattern));
      for (const std::string& path : paths) WEIR_TRY(FileTail(named(pattern, path), files_, clock_).check());
    }
    return {};
  }

  Result<> start(const SourcePositions& committed, Input input) override {
    input_ = input;
    known_ = committed;
    tails_.resize(fixed_);
    for (const auto& tail : tails_) {
      const auto found = known_.find(file_partition(tail->path()));
      WEIR_TRY(tail->start(found != known_.end() ? &found->second : nullptr, input));
    }
    return look_around();
  }

  Result<> poll(std::size_t max_records, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.rejected.clear();
    into.at_end = true;
    for (std::size_t looked_at = 0; looked_at < tails_.size(); ++looked_at) {
      next_ = next_ < tails_.size() ? next_ : 0;
      FileTail& tail = *tails_[next_++];
      WEIR_TRY(tail.poll(max_records, now_ms, into));
      remember(tail, into);
      if (into.at_end && into.records.empty() && into.rejected.empty()) continue;
      if (tails_.size() > 1 || !patterns_.empty()) into.at_end = false;  // of this file
      return {};
    }
    if (patterns_.empty()) return {};
    const std::size_t before = tails_.size();
    WEIR_TRY(look_around());
    for (const auto& tail : tails_) remember(*tail, into);
    into.at_end = tails_.size() <= before;
    return {};
  }

 private:
  void remember(const FileTail& tail, SourceBatch& into) {
    const std::string partition = file_partition(tail.path());
    known_[partition] = into.positions[partition] = tail.position();
  }

  static FileSourceOptions named(const FileSourceOptions& pattern, const std::string& path) {
    FileSourceOptions options = pattern;
    options.path = path;
    return options;
  }

  Result<std::vector<std::string>> paths_of(const FileSourceOptions& pattern) const {
    const std::size_t slash = pattern.path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : pattern.path.substr(0, slash + 1);
    const std::string names = pattern.path.substr(directory.size());
    std::vector<std::string> paths;
    auto listed = files_.list(directory_of(pattern.path));
    if (!listed && listed.error().code == ErrorCode::not_found) return paths;
    if (!listed) return fail(listed.error());
    for (const std::string& name : *listed) {
      if (::fnmatch(names.c_str(), name.c_str(), FNM_PERIOD) != 0) continue;
      paths.push_back(directory + name);
    }
    return paths;
  }

  // Files that are new to a pattern, that have gone, or whose names mean others by now.
  Result<> look_around() {
    bool has_changed = false;
    for (const auto& tail : tails_) has_changed = has_changed || tail->has_changed();
    std::set<std::string> read;
    for (const auto& tail : tails_) read.insert(tail->path());
    const SourcePositions before = known_;
    for (const FileSourceOptions& pattern : patterns_) {
      WEIR_TRY_VAR(paths, paths_of(pattern));
      for (const std::string& path : paths) {
        if (!read.contains(path)) WEIR_TRY(add(pattern, path, before));
      }
      if (!has_changed) continue;
      for (auto& tail : tails_) {
        if (!tail->has_changed()) continue;
        WEIR_TRY_VAR(mine, is_mine(pattern, *tail));
        if (mine) WEIR_TRY(find_out(*tail, before));
      }
    }
    // What has changed still is another task's.
    std::erase_if(
        tails_, [this](const auto& tail) { return (tail->is_gone() || tail->has_changed()) && is_of_pattern(*tail); });
    return {};
  }

  // Tasks share files out by what they are: a file stays with its task when it is renamed.
  static Result<bool> is_mine(const FileSourceOptions& pattern, const FileTail& tail) {
    if (pattern.shares == 1) return true;
    WEIR_TRY_VAR(file, tail.open_named());
    WEIR_TRY_VAR(inode, file->inode());
    return inode % static_cast<std::uint64_t>(pattern.shares) == static_cast<std::uint64_t>(pattern.share);
  }

  bool is_of_pattern(const FileTail& tail) const {
    return std::find_if(tails_.begin(), tails_.begin() + static_cast<std::ptrdiff_t>(fixed_),
                        [&tail](const auto& fixed) { return fixed.get() == &tail; }) ==
           tails_.begin() + static_cast<std::ptrdiff_t>(fixed_);
  }

  Result<> add(const FileSourceOptions& pattern, const std::string& path, const SourcePositions& known) {
    auto tail = std::make_unique<FileTail>(named(pattern, path), files_, clock_);
    auto mine = is_mine(pattern, *tail);
    auto started = mine && *mine ? find_out(*tail, known) : Result<>{};
    if (!mine) started = fail(mine.error());
    if (!started && started.error().code == ErrorCode::not_found) return {};  // it has gone already
    WEIR_TRY(std::move(started));
    if (*mine) tails_.push_back(std::move(tail));
    return {};
  }

  // Goes on where the file was read to, under whatever name that was; else from its beginning.
  Result<> find_out(FileTail& tail, const SourcePositions& known) {
    const auto own = known.find(file_partition(tail.path()));
    WEIR_TRY_VAR(read, position_of(tail, known));
    if (read != nullptr) return tail.start(read, input_);
    // What had this name has gone elsewhere, and is followed there; or it is lost, and the settings say what then.
    if (own == known.end()) return tail.start(nullptr, input_);
    WEIR_TRY_VAR(is_elsewhere, is_followed(own->second));
    return tail.start(is_elsewhere ? nullptr : &own->second, input_);
  }

  // The position of the file that the tail's path means now, if it was read before; its own first.
  Result<const OwnedBytes*> position_of(const FileTail& tail, const SourcePositions& known) const {
    const OwnedBytes* found = nullptr;
    WEIR_TRY_VAR(file, tail.open_named());
    for (const auto& [partition, text] : known) {
      auto position = FilePosition::parse(text);
      if (!position || position->offset == 0) continue;  // nothing was read: it may be any empty file
      auto what = difference(*file, position->file);
      if (!what || !what->empty()) continue;
      found = &text;
      if (partition == file_partition(tail.path())) break;
    }
    return found;
  }

  // Whether a file that was read is there under another name that a pattern has.
  Result<bool> is_followed(const OwnedBytes& text) const {
    auto position = FilePosition::parse(text);
    if (!position || position->offset == 0) return true;
    for (const FileSourceOptions& pattern : patterns_) {
      WEIR_TRY_VAR(paths, paths_of(pattern));
      for (const std::string& path : paths) {
        auto file = FileTail(named(pattern, path), files_, clock_).open_named();
        if (!file) continue;
        auto what = difference(**file, position->file);
        if (what && what->empty()) return true;
      }
    }
    return false;
  }

  FileSystem& files_;
  Clock& clock_;
  std::vector<FileSourceOptions> patterns_;
  std::vector<std::unique_ptr<FileTail>> tails_;  // those that are named first, then those of patterns
  std::size_t fixed_ = 0;                         // how many are named
  SourcePositions known_;                         // committed, and of polls since
  Input input_ = Input::may_grow;
  std::size_t next_ = 0;  // to be polled
};

}  // namespace

bool is_file_pattern(const std::string& path) {
  return path.find_first_of("*?[", path.rfind('/') == std::string::npos ? 0 : path.rfind('/')) != std::string::npos;
}

std::unique_ptr<Source> file_source(FileSourceOptions options, FileSystem& files, Clock& clock) {
  return file_source(std::vector{std::move(options)}, files, clock);
}

std::unique_ptr<Source> file_source(std::vector<FileSourceOptions> options, FileSystem& files, Clock& clock) {
  return std::make_unique<FileSource>(std::move(options), files, clock);
}

}  // namespace weir::connect
