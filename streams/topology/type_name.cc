#include "streams/topology/type_name.h"

#include <string_view>

namespace weir::streams {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

}  // namespace

std::string plain_name(const TypeOps* type) {
  if (type == nullptr) return {};
  std::string name = type->name;
  for (const char* spelled : {"std::__cxx11::basic_string<char>", "std::basic_string<char>"}) {
    replace_all(name, spelled, "std::string");
  }
  if (name == "long int" || name == "long") return "std::int64_t";
  if (name == "long unsigned int" || name == "unsigned long") return "std::uint64_t";
  if (name == "int") return "std::int32_t";
  return name;
}

}  // namespace weir::streams
