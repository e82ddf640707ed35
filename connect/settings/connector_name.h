// A connector's name becomes part of topic names, transactional ids and group ids.
#pragma once

#include <string_view>

namespace weir::connect {

// 1 to 200 letters, digits, '.', '_' and '-'.
bool is_connector_name(std::string_view name);

}  // namespace weir::connect
