#include "sim/memory_file.h"

#include <algorithm>
#include <random>
#include <set>

#include "log/base/path.h"

namespace weir {

// Nodes are named by number, not by path, so that a history can be replayed over a copy.
struct MemoryFileSystem::Operation {
  enum class Kind { create, write, truncate, sync, make_directory, rename, remove, remove_all, sync_directory };
  Kind kind{};
  std::string path;  // of the node when it was opened, for write, truncate and sync
  std::string to;    // of a rename
  std::uint64_t node = 0;
  std::uint64_t position = 0;  // or the size of a truncate
  std::shared_ptr<const std::string> bytes;

  std::size_t size() const { return bytes ? bytes->size() : 0; }
};

struct MemoryFileSystem::Node {
  std::string content;
  std::string synced;
  std::vector<Operation> unsynced;  // writes and truncates since `synced`

  static void apply(const Operation& change, std::string& content, std::size_t count) {
    if (change.kind == Operation::Kind::truncate) {
      content.resize(change.position);
      return;
    }
    if (content.size() < change.position + count) content.resize(change.position + count);
    content.replace(change.position, count, *change.bytes, 0, count);
  }
};

struct MemoryFileSystem::State {
  struct Names {
    std::map<std::string, std::uint64_t> files;
    std::set<std::string> directories;

    void apply(const Operation& change) {
      using Kind = Operation::Kind;
      auto below = [&](const std::string& path) {
        return path == change.path || path.compare(0, change.path.size() + 1, change.path + "/") == 0;
      };
      if (change.kind == Kind::create && has_directory(parent_directory(change.path))) files[change.path] = change.node;
      if (change.kind == Kind::make_directory) directories.insert(change.path);
      if (change.kind == Kind::remove) files.erase(change.path);
      if (change.kind == Kind::remove_all) {
        std::erase_if(files, [&](const auto& entry) { return below(entry.first); });
        std::erase_if(directories, below);
      }
      if (change.kind == Kind::rename) move(change.path, change.to);
    }

    bool has_directory(const std::string& path) const {
      return path == "." || path == "/" || path.empty() || directories.contains(path);
    }

    // What lies in a directory that was lost is lost with it.
    void drop_orphans() {
      std::set<std::string> reached;
      for (const auto& path : directories) {  // a parent sorts before what lies in it
        std::string parent = parent_directory(path);
        if (reached.contains(parent) || parent == "." || parent == "/" || parent.empty()) reached.insert(path);
      }
      directories = std::move(reached);
      std::erase_if(files, [&](const auto& entry) { return !has_directory(parent_directory(entry.first)); });
    }

   private:
    void move(const std::string& from, const std::string& to) {
      auto renamed = [&](const std::string& path) {
        return to + path.substr(from.size());
      };
      std::map<std::string, std::uint64_t> moved;
      for (auto at = files.begin(); at != files.end();) {
        bool inside = at->first == from || at->first.compare(0, from.size() + 1, from + "/") == 0;
        if (inside) moved[renamed(at->first)] = at->second;
        at = inside ? files.erase(at) : std::next(at);
      }
      for (auto& [path, node] : moved) files[path] = node;
      std::set<std::string> moved_directories;
      for (auto at = directories.begin(); at != directories.end();) {
        bool inside = *at == from || at->compare(0, from.size() + 1, from + "/") == 0;
        if (inside) moved_directories.insert(renamed(*at));
        at = inside ? directories.erase(at) : std::next(at);
      }
      directories.merge(moved_directories);
    }
  };

  std::map<std::uint64_t, Node> nodes;
  Names names;
  Names synced_names;
  std::vector<Operation> unsynced_names;
  std::uint64_t next_node = 1;

  void apply(const Operation& change) {
    using Kind = Operation::Kind;
    switch (change.kind) {
      case Kind::write:
      case Kind::truncate: {
        Node& node = nodes[change.node];
        Node::apply(change, node.content, change.bytes ? change.bytes->size() : 0);
        node.unsynced.push_back(change);
        return;
      }
      case Kind::sync: {
        Node& node = nodes[change.node];
        node.synced = node.content;
        node.unsynced.clear();
        return;
      }
      case Kind::sync_directory:
        sync_names(change.path);
        return;
      case Kind::create:
        nodes[change.node];
        next_node = std::max(next_node, change.node + 1);
        [[fallthrough]];
      case Kind::make_directory:
      case Kind::rename:
      case Kind::remove:
      case Kind::remove_all:
        names.apply(change);
        unsynced_names.push_back(change);
        return;
    }
  }

  void sync_names(const std::string& directory) {
    std::vector<Operation> rest;
    for (auto& change : unsynced_names) {
      if (parent_directory(change.path) == directory) {
        synced_names.apply(change);
        // What was in a directory that is gone for good can come back no more.
        if (change.kind == Operation::Kind::remove_all) {
          std::erase_if(rest,
                        [inside = change.path + "/"](const Operation& old) { return old.path.starts_with(inside); });
        }
      } else {
        rest.push_back(std::move(change));
      }
    }
    unsynced_names = std::move(rest);
  }
};

namespace {
using Dice = std::mt19937_64;
}

class MemoryFileSystem::Handle final : public File {
 public:
  Handle(MemoryFileSystem& owner, std::string path, std::uint64_t node, bool writable)
      : owner_(owner), path_(std::move(path)), node_(node), writable_(writable) {}

  Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override {
    MutexLock lock(owner_.mutex_);
    const std::string& content = owner_.now_->nodes[node_].content;
    if (position >= content.size()) return 0;
    return content.copy(into, size, position);
  }

  Result<> write_at(std::uint64_t position, Bytes bytes) override {
    return change(Operation::Kind::write, position, std::make_shared<const std::string>(bytes));
  }

  Result<> write_parts_at(std::uint64_t position, std::span<const Bytes> parts) override {
    std::string whole;
    for (Bytes part : parts) whole.append(part);
    return change(Operation::Kind::write, position, std::make_shared<const std::string>(std::move(whole)));
  }

  Result<std::uint64_t> size() const override {
    MutexLock lock(owner_.mutex_);
    return owner_.now_->nodes[node_].content.size();
  }

  Result<std::uint64_t> inode() const override { return node_; }

  Result<> truncate(std::uint64_t size) override { return change(Operation::Kind::truncate, size, nullptr); }
  Result<> sync_data() override { return change(Operation::Kind::sync, 0, nullptr); }

 private:
  Result<> change(Operation::Kind kind, std::uint64_t position, std::shared_ptr<const std::string> bytes) {
    if (!writable_) return fail(ErrorCode::io_error, "write " + path_ + ": opened for reading");
    Operation operation;
    operation.kind = kind;
    operation.path = path_;
    operation.node = node_;
    operation.position = position;
    operation.bytes = std::move(bytes);
    return owner_.perform(std::move(operation));
  }

  MemoryFileSystem& owner_;
  std::string path_;
  std::uint64_t node_;
  bool writable_;
};

class MemoryFileSystem::Lock final : public FileLock {
 public:
  Lock(std::shared_ptr<std::map<std::string, bool>> locks, std::string path)
      : locks_(std::move(locks)), path_(std::move(path)) {}
  ~Lock() override { locks_->erase(path_); }

 private:
  std::shared_ptr<std::map<std::string, bool>> locks_;
  std::string path_;
};

MemoryFileSystem::MemoryFileSystem()
    : start_(std::make_unique<State>()),
      now_(std::make_unique<State>()),
      locks_(std::make_shared<std::map<std::string, bool>>()) {}
MemoryFileSystem::~MemoryFileSystem() = default;

Result<> MemoryFileSystem::perform(Operation operation) {
  MutexLock lock(mutex_);
  if (has_ended_) return fail(ErrorCode::io_error, operation.path + ": the process of these files was killed");
  now_->apply(operation);
  history_.push_back(std::move(operation));
  return {};
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const std::string& path, OpenMode mode) {
  MutexLock lock(mutex_);
  auto found = now_->names.files.find(path);
  if (found == now_->names.files.end()) {
    bool can_create = mode == OpenMode::create && now_->names.has_directory(parent_directory(path));
    if (!can_create || has_ended_) return fail(ErrorCode::not_found, "open " + path);
    Operation create;
    create.kind = Operation::Kind::create;
    create.path = path;
    create.node = now_->next_node;
    now_->apply(create);
    history_.push_back(create);
    found = now_->names.files.find(path);
  }
  return std::make_unique<Handle>(*this, path, found->second, mode != OpenMode::read);
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const std::string& path) {
  WEIR_TRY(open(path, OpenMode::create));
  MutexLock lock(mutex_);
  if (!locks_->emplace(path, true).second) return fail(ErrorCode::locked, path + " is held by another process");
  return std::make_unique<Lock>(locks_, path);
}

Result<bool> MemoryFileSystem::exists(const std::string& path) {
  MutexLock lock(mutex_);
  return now_->names.files.contains(path) || now_->names.has_directory(path);
}

Result<std::uint64_t> MemoryFileSystem::size_of(const std::string& path) {
  WEIR_TRY_VAR(file, open(path, OpenMode::read));
  return file->size();
}

Result<std::int64_t> MemoryFileSystem::modified_ms(const std::string& path) {
  MutexLock lock(mutex_);
  auto found = modified_ms_.find(path);
  if (found == modified_ms_.end()) return fail(ErrorCode::not_found, path);
  return found->second;
}

void MemoryFileSystem::set_modified_ms(const std::string& path, std::int64_t time_ms) {
  MutexLock lock(mutex_);
  modified_ms_[path] = time_ms;
}

Result<> MemoryFileSystem::create_directories(const std::string& path) {
  std::vector<std::string> missing;
  {
    MutexLock lock(mutex_);
    for (std::string at = path; !now_->names.has_directory(at); at = parent_directory(at)) missing.push_back(at);
  }
  for (auto at = missing.rbegin(); at != missing.rend(); ++at) {
    Operation operation;
    operation.kind = Operation::Kind::make_directory;
    operation.path = *at;
    WEIR_TRY(perform(std::move(operation)));
  }
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& directory) {
  MutexLock lock(mutex_);
  if (!now_->names.has_directory(directory)) return fail(ErrorCode::not_found, "list " + directory);
  std::vector<std::string> names;
  auto consider = [&](const std::string& path) {
    if (parent_directory(path) == directory) names.push_back(path.substr(path.find_last_of('/') + 1));
  };
  for (const auto& [path, node] : now_->names.files) consider(path);
  for (const auto& path : now_->names.directories) consider(path);
  std::sort(names.begin(), names.end());
  return names;
}

Result<> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  WEIR_TRY_VAR(there, exists(from));
  if (!there) return fail(ErrorCode::not_found, "rename " + from);
  Operation operation;
  operation.kind = Operation::Kind::rename;
  operation.path = from;
  operation.to = to;
  return perform(std::move(operation));
}

Result<> MemoryFileSystem::remove(const std::string& path) {
  WEIR_TRY_VAR(there, exists(path));
  if (!there) return fail(ErrorCode::not_found, "remove " + path);
  Operation operation;
  operation.kind = Operation::Kind::remove;
  operation.path = path;
  return perform(std::move(operation));
}

Result<> MemoryFileSystem::remove_all(const std::string& path) {
  Operation operation;
  operation.kind = Operation::Kind::remove_all;
  operation.path = path;
  return perform(std::move(operation));
}

Result<> MemoryFileSystem::sync_directory(const std::string& path) {
  WEIR_TRY_VAR(there, exists(path));
  if (!there) return fail(ErrorCode::not_found, "sync " + path);
  Operation operation;
  operation.kind = Operation::Kind::sync_directory;
  operation.path = path;
  return perform(std::move(operation));
}

std::size_t MemoryFileSystem::operation_count() const {
  MutexLock lock(mutex_);
  return history_.size();
}

std::string MemoryFileSystem::describe_operation(std::size_t index) const {
  constexpr const char* kNames[] = {"create", "write",  "truncate",   "sync",          "make directory",
                                    "rename", "remove", "remove all", "sync directory"};
  MutexLock lock(mutex_);
  const Operation& operation = history_.at(index);
  return std::string(kNames[static_cast<std::size_t>(operation.kind)]) + " " + operation.path + " at " +
         std::to_string(operation.position) + " size " +
         std::to_string(operation.bytes ? operation.bytes->size() : std::size_t{0});
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::crashed(CrashModel model) const {
  return crashed_after(operation_count(), model);
}

MemoryFileSystem::State MemoryFileSystem::after(std::size_t operations) const {
  State state = *start_;
  for (std::size_t i = 0; i < operations; ++i) state.apply(history_[i]);
  return state;
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::crashed_after(std::size_t operations, CrashModel model) const {
  MutexLock lock(mutex_);
  State state = after(operations);
  if (model.unsynced == CrashModel::Unsynced::keep) {  // and what was not synced is still not
    auto found = std::make_unique<MemoryFileSystem>();
    *found->start_ = state;
    *found->now_ = std::move(state);
    return found;
  }
  if (model.unsynced == CrashModel::Unsynced::drop) {
    return left_by_power_cut(state, 0, [](const Operation&) { return std::nullopt; });
  }
  Dice dice(model.seed);
  const std::size_t names_kept = dice() % (state.unsynced_names.size() + 1);
  return left_by_power_cut(state, names_kept, [&](const Operation& change) -> std::optional<std::size_t> {
    const std::size_t count = change.size();
    const std::uint64_t fate = dice() % 4;
    if (fate == 0) return std::nullopt;
    if (fate != 1 || count == 0) return count;
    // Torn: what lies up to a sector's end in the file.
    std::uint64_t end = change.position + dice() % (count + 1);
    end = std::max(change.position, end / model.sector_bytes * model.sector_bytes);
    if (end == change.position) return std::nullopt;
    return static_cast<std::size_t>(end - change.position);
  });
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::cut_after(std::size_t operations, std::size_t sector_bytes,
                                                              const Choose& choose) const {
  MutexLock lock(mutex_);
  const State state = after(operations);
  const std::size_t names_kept = choose(state.unsynced_names.size() + 1);
  return left_by_power_cut(state, names_kept, [&](const Operation& change) -> std::optional<std::size_t> {
    const std::size_t count = change.size();
    const std::uint64_t first_end = (change.position / sector_bytes + 1) * sector_bytes;
    const std::uint64_t end = change.position + count;
    const std::size_t ends_within =
        end > first_end ? static_cast<std::size_t>((end - 1 - first_end) / sector_bytes) + 1 : 0;
    const std::size_t chosen = choose(ends_within + 2);
    if (chosen == 0) return std::nullopt;
    if (chosen == ends_within + 1) return count;
    return static_cast<std::size_t>(first_end + (chosen - 1) * sector_bytes - change.position);
  });
}

std::unique_ptr<MemoryFileSystem> MemoryFileSystem::left_by_power_cut(const State& state, std::size_t names_kept,
                                                                      const Fate& fate) {
  State::Names names = state.synced_names;
  for (std::size_t i = 0; i < names_kept; ++i) names.apply(state.unsynced_names[i]);
  names.drop_orphans();

  auto found = std::make_unique<MemoryFileSystem>();
  State& after = *found->start_;
  after.names = after.synced_names = names;
  after.next_node = state.next_node;
  for (const auto& [path, id] : names.files) {
    const Node& node = state.nodes.at(id);
    std::string content = node.synced;
    for (const auto& change : node.unsynced) {
      if (auto count = fate(change)) Node::apply(change, content, *count);
    }
    Node& survivor = after.nodes[id];
    survivor.synced = content;
    survivor.content = std::move(content);
  }
  *found->now_ = after;
  return found;
}

void MemoryFileSystem::end() {
  MutexLock lock(mutex_);
  has_ended_ = true;
}

void MemoryFileSystem::flip(const std::string& path, std::uint64_t position, char mask) {
  MutexLock lock(mutex_);
  Node& node = now_->nodes.at(now_->names.files.at(path));
  node.content.at(position) ^= mask;
  if (position < node.synced.size()) node.synced[position] ^= mask;
}

}  // namespace weir
