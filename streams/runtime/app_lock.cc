#include "streams/runtime/app_lock.h"

#include <set>
#include <tuple>
#include <utility>

#include "log/base/directory.h"
#include "log/base/mutex.h"

namespace weir::streams {

namespace {

using Running = std::tuple<const log::Transport*, std::string, std::string>;

struct Registry {
  Mutex mutex;
  std::set<Running> running WEIR_GUARDED_BY(mutex);

  static Registry& instance() {
    static Registry registry;
    return registry;
  }
};

class Registered {
 public:
  explicit Registered(Running running) : running_(std::move(running)) {
    MutexLock lock(Registry::instance().mutex);
    is_first_ = Registry::instance().running.insert(running_).second;
  }
  ~Registered() {
    MutexLock lock(Registry::instance().mutex);
    if (is_first_) Registry::instance().running.erase(running_);
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;
  bool is_first() const { return is_first_; }

 private:
  const Running running_;
  bool is_first_ = false;
};

class HeldLock final : public AppLock {
 public:
  explicit HeldLock(Running running) : registered_(std::move(running)) {}

  bool is_first() const { return registered_.is_first(); }
  Result<> take_file(const std::string& directory, const std::string& application_id) {
    auto unusable = [&](const Error& cause) {
      return fail(unusable_directory(posix_files(), directory, cause, {"the state", "AppOptions::state_directory"}));
    };
    if (auto made = posix_files().create_directories(directory); !made) return unusable(made.error());
    auto taken = posix_files().lock(directory + "/" + application_id + ".lock");
    if (taken) {
      file_ = *std::move(taken);
      return {};
    }
    if (taken.error().code != ErrorCode::locked) return unusable(taken.error());
    return fail(ErrorCode::locked, "application '" + application_id + "' is running already, with its state in " +
                                       directory +
                                       ": stop the other one first, or give this one another state_directory, and "
                                       "the two share the work");
  }

 private:
  Registered registered_;
  std::unique_ptr<FileLock> file_;
};

}  // namespace

Result<std::unique_ptr<AppLock>> AppLock::take(const log::Transport& log, const std::string& application_id,
                                               const std::string& state_directory, OnDisk on_disk) {
  auto held = std::make_unique<HeldLock>(Running(&log, application_id, state_directory));
  if (!held->is_first()) {
    return fail(ErrorCode::locked, "application '" + application_id +
                                       "' is running already in this process, over the same log: stop the other one "
                                       "first, use `threads` for more of them, or give this one another "
                                       "state_directory");
  }
  if (on_disk == OnDisk::yes) WEIR_TRY(held->take_file(state_directory, application_id));
  return std::unique_ptr<AppLock>(std::move(held));
}

}  // namespace weir::streams
