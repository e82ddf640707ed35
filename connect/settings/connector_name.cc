#include "connect/settings/connector_name.h"

namespace weir::connect {

bool is_connector_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 200 && name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace weir::connect
