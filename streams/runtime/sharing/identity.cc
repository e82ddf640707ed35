#include "streams/runtime/sharing/identity.h"

#include <algorithm>

#include "log/base/directory.h"
#include "streams/runtime/sharing/digests.h"

namespace weir::streams {

namespace {

constexpr std::size_t kDigits = 16;

std::string hex(std::uint64_t number) {
  std::string text(kDigits, '0');
  for (std::size_t i = kDigits; i-- > 0; number >>= 4) text[i] = "0123456789abcdef"[number & 15];
  return text;
}

Result<std::string> read_name(FileSystem& files, const std::string& path) {
  WEIR_TRY_VAR(file, files.open(path, OpenMode::read));
  std::string name(kDigits, '\0');
  WEIR_TRY_VAR(size, file->read_at(0, name.data(), name.size()));
  const bool is_name = size == kDigits && std::ranges::all_of(name, [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                       });
  if (is_name) return name;
  return fail(ErrorCode::corrupt_data, path +
                                           " is to hold 16 hexadecimal digits, the name of this instance: remove it, "
                                           "and another one is made");
}

// Whole or not at all.
Result<std::string> make_name(FileSystem& files, const std::string& path, const std::string& name) {
  const std::string fresh = path + ".new";
  {
    WEIR_TRY_VAR(file, files.open(fresh, OpenMode::create));
    WEIR_TRY(file->write_at(0, name + "\n"));
    WEIR_TRY(file->sync_data());
  }
  WEIR_TRY(files.rename(fresh, path));
  return name;
}

}  // namespace

Result<Identity> identity_of(const std::string& application_id, const std::string& state_directory,
                             const std::string& usual_directory, std::uint64_t random) {
  if (!usual_directory.empty()) {
    if (state_directory == usual_directory) return Identity{};
    return Identity{hex(Digest().add(state_directory).value()), false};
  }
  FileSystem& files = posix_files();
  const std::string path = state_directory + "/" + application_id + ".instance";
  if (auto made = files.create_directories(state_directory); !made) {
    return fail(unusable_directory(files, state_directory, made.error(), {"the state", "AppOptions::state_directory"}));
  }
  WEIR_TRY_VAR(is_there, files.exists(path));
  auto name = is_there ? read_name(files, path) : make_name(files, path, hex(random));
  if (!name) return fail(name.error());
  return Identity{*std::move(name), true};
}

std::string transactional_id(const std::string& application_id, const std::string& instance, int thread) {
  return application_id + "-" + (instance.empty() ? "" : instance + "-") + std::to_string(thread);
}

std::string instance_in(const std::string& transactional_id, const std::string& application_id) {
  constexpr std::size_t kDigits = 16;
  std::string_view rest = transactional_id;
  if (!rest.starts_with(application_id + "-")) return "";
  rest.remove_prefix(application_id.size() + 1);
  if (rest.size() < kDigits + 2 || rest[kDigits] != '-') return "";
  const std::string_view name = rest.substr(0, kDigits);
  const std::string_view thread = rest.substr(kDigits + 1);
  const bool is_name = name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  const bool is_thread = thread.find_first_not_of("0123456789") == std::string_view::npos;
  return is_name && is_thread ? std::string(name) : "";
}

}  // namespace weir::streams
