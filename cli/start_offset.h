// StartOffset: where `topic consume` begins, or a group goes on: earliest, latest, an offset, or -N: N records before
// the end.
#pragma once

#include <optional>
#include <string_view>

#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::cli {

class StartOffset {
 public:
  // The value of that option. invalid_argument.
  static Result<StartOffset> parse(std::string_view text, std::string_view option = "--from");

  // Of -N: N, records that are to be counted (RecordScan::before_end).
  std::optional<std::int64_t> before_end() const {
    return kind_ == Kind::before_end ? std::optional(number_) : std::nullopt;
  }

  // In a partition that has [begin, end). offset_out_of_range if an offset was named that is not in [begin, end].
  Result<log::Offset> in(log::Offset begin, log::Offset end) const;

 private:
  enum class Kind { earliest, latest, absolute, before_end };
  Kind kind_ = Kind::earliest;
  std::int64_t number_ = 0;
};

}  // namespace weir::cli
