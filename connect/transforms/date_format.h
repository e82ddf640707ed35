// DateFormat: days and times as a pattern says, in UTC: that of Java's SimpleDateFormat, with English names.
//
//   yyyy year   MM month, MMM May   dd day   DDD day of the year   EEE Wed, EEEE Wednesday   a AM or PM
//   HH 0-23   hh 1-12   kk 1-24   KK 0-11   mm minute   ss second   SSS millisecond
//   z UTC   Z +0000   X Z, XX +0200, XXX +02:00   'text'   '' a quote
//
// Other letters are refused, and so are more than three S, which Java takes for that many digits of *milli*seconds.
// When it reads, all of the text must be there, and its numbers must be of a day that exists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"

namespace weir::connect {

class DateFormat {
 public:
  // invalid_argument names the letter.
  static Result<DateFormat> parse(std::string_view pattern);

  std::string format(std::int64_t ms) const;
  // invalid_record.
  Result<std::int64_t> read(std::string_view text) const;

  const std::string& pattern() const { return pattern_; }

 private:
  struct Piece {
    char letter = 0;  // 0: a text
    std::size_t count = 0;
    std::string text{};
  };
  struct Parts;

  void append(const Piece& piece, const Parts& parts, std::string& out) const;
  static bool take(const Piece& piece, bool digits_follow, std::string_view& rest, Parts& parts);

  std::string pattern_;
  std::vector<Piece> pieces_;
};

}  // namespace weir::connect
