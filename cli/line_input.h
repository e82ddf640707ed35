// Lines of a descriptor, as they arrive.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "log/base/result.h"

namespace weir::cli {

class LineInput {
 public:
  explicit LineInput(int descriptor) : descriptor_(descriptor) {}

  // The next line that has arrived, without its end; nullopt if none is left: then `wait`. Valid until then.
  std::optional<std::string_view> next();
  // Waits for more; false at the end of the input, whose last line needs no newline. io_error.
  Result<bool> wait();

 private:
  int descriptor_;
  std::string buffer_;
  std::size_t used_ = 0;
  std::size_t looked_at_ = 0;  // behind used_, without a line's end
  bool has_ended_ = false;
};

}  // namespace weir::cli
