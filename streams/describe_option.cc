#include "streams/describe_option.h"

#include <cstdio>
#include <string_view>

namespace weir::streams {

namespace {

std::string described(std::string_view form, const Topology& topology) {
  if (form == "json") return topology.to_json();
  if (form == "mermaid") return topology.mermaid();
  if (!form.empty() && form != "text") {
    std::fprintf(stderr, "--describe: '%.*s' is none of text, json, mermaid\n", static_cast<int>(form.size()),
                 form.data());
  }
  return topology.describe();
}

}  // namespace

bool describe_if_asked(int argc, const char* const* argv, const Topology& topology) {
  constexpr std::string_view kOption = "--describe";
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (!argument.starts_with(kOption)) continue;
    argument.remove_prefix(kOption.size());
    if (!argument.empty() && !argument.starts_with('=')) continue;
    if (!argument.empty()) argument.remove_prefix(1);
    std::fputs(described(argument, topology).c_str(), stdout);
    return true;
  }
  return false;
}

}  // namespace weir::streams
