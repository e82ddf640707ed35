#include "cli/start_offset.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace weir::cli {

Result<StartOffset> StartOffset::parse(std::string_view text, std::string_view option) {
  StartOffset start;
  if (text == "earliest") return start;
  if (text == "latest") {
    start.kind_ = Kind::latest;
    return start;
  }
  std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), start.number_);
  if (error != std::errc{} || end != digits.data() + digits.size() || start.number_ < 0) {
    return fail(ErrorCode::invalid_argument,
                std::string(option) + ": '" + std::string(text) +
                    "' must be earliest, latest, an offset, or -N: N records before the end");
  }
  start.kind_ = text.starts_with('-') ? Kind::before_end : Kind::absolute;
  return start;
}

Result<log::Offset> StartOffset::in(log::Offset begin, log::Offset end) const {
  switch (kind_) {
    case Kind::earliest:
      return begin;
    case Kind::latest:
      return end;
    case Kind::before_end:
      return number_ < end - begin ? end - number_ : begin;
    case Kind::absolute:
      break;
  }
  const log::Offset wanted(number_);
  if (wanted >= begin && wanted <= end) return wanted;
  return fail(ErrorCode::offset_out_of_range, "offset " + std::to_string(number_) + " is not there; there are " +
                                                  std::to_string(begin.value()) + " to " + std::to_string(end.value()));
}

}  // namespace weir::cli
