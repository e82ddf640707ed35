#include "streams/describe_option.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace weir::streams {

namespace {

constexpr int kWrongUsage = 2;

std::string described(std::string_view form, const Topology& topology) {
  if (form == "json") return topology.to_json();
  if (form == "mermaid") return topology.mermaid();
  if (form == "text") return topology.describe();
  std::fprintf(stderr, "--describe: '%.*s' is none of text, json, mermaid\n", static_cast<int>(form.size()),
               form.data());
  std::exit(kWrongUsage);
}

}  // namespace

bool describe_if_asked(int argc, const char* const* argv, const Topology& topology) {
  constexpr std::string_view kOption = "--describe";
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (!argument.starts_with(kOption)) continue;
    argument.remove_prefix(kOption.size());
    if (!argument.empty() && !argument.starts_with('=')) continue;
    const std::string text = described(argument.empty() ? "text" : argument.substr(1), topology);
    if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return true;
    std::fprintf(stderr, "--describe: the topology cannot be written to standard output\n");
    std::exit(kWrongUsage);
  }
  return false;
}

}  // namespace weir::streams
