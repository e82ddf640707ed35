#include "examples/card_fraud/child.h"

#include <cerrno>
#include <filesystem>
#include <system_error>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace card_fraud {

namespace {

constexpr const char* kThisProgram = "/proc/self/exe";

weir::Error failed(const char* what, int error) {
  return {weir::ErrorCode::io_error, std::string(what) + ": " + std::generic_category().message(error)};
}

}  // namespace

std::string Outcome::to_string() const {
  return signal != 0 ? "ended by signal " + std::to_string(signal) : "ended with status " + std::to_string(status);
}

weir::Result<Outcome> run_again(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{kThisProgram};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  if (int error = posix_spawn(&child, kThisProgram, nullptr, nullptr, pointers.data(), environ); error != 0) {
    return weir::fail(failed("starting this program again", error));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return weir::fail(failed("waiting for this program's second run", errno));
  }
  if (WIFSIGNALED(status)) return Outcome{0, WTERMSIG(status)};
  return Outcome{WEXITSTATUS(status), 0};
}

std::string path_of_weir() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink(kThisProgram, error);
  const auto beside = self.parent_path() / "weir";
  if (error || !std::filesystem::exists(beside, error)) return "weir";
  const auto here = std::filesystem::proximate(beside, error);
  return error ? beside.string() : here.string();
}

}  // namespace card_fraud
