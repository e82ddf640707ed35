// Standard output, checked: a full disk or a closed pipe behind it is an error, not silence.
#pragma once

#include <string_view>

#include "log/base/result.h"

namespace weir::cli {

Result<> print(std::string_view text);  // io_error; what was printed is on its way when this returns

}  // namespace weir::cli
