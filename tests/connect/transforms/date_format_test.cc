#include "connect/transforms/date_format.h"

#include <gtest/gtest.h>

namespace weir::connect::date_format {
namespace {

constexpr std::int64_t kMs = 1'714'572'930'007;  // Wednesday, 2024-05-01T14:15:30.007Z

std::string written(std::string_view pattern, std::int64_t ms = kMs) {
  auto format = DateFormat::parse(pattern);
  return format ? format->format(ms) : "error: " + format.error().detail;
}

std::int64_t read(std::string_view pattern, std::string_view text) {
  auto read = DateFormat::parse(pattern).value().read(text);
  return read ? *read : -1;
}

TEST(DateFormat, writes_as_java_does) {
  struct Row {
    const char* pattern;
    const char* expected;
  };
  for (const Row& row : {
           Row{"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2024-05-01T14:15:30.007Z"},
           Row{"yy/M/d", "24/5/1"},
           Row{"EEE, d MMM yyyy hh:mm a z", "Wed, 1 May 2024 02:15 PM UTC"},
           Row{"EEEE MMMM", "Wednesday May"},
           Row{"D DDD", "122 122"},
           Row{"k K h H", "14 2 2 14"},
           Row{"S SSS", "7 007"},
           Row{"X XXX Z", "Z Z +0000"},
           Row{"'o''clock' ''", "o'clock '"},
           Row{"yyyyMMddHHmmss", "20240501141530"},
       }) {
    EXPECT_EQ(written(row.pattern), row.expected);
  }
  EXPECT_EQ(written("k K h a", 0), "24 0 12 AM");
  EXPECT_EQ(written("EEE yyyy-MM-dd", -1), "Wed 1969-12-31");
}

TEST(DateFormat, reads_what_it_writes) {
  for (const char* pattern :
       {"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyyMMddHHmmssSSS", "EEE, d MMM yyyy hh:mm:ss a SSS", "yyyy DDD kk:mm:ss S",
        "EEEE, dd MMMM yyyy KK:mm:ss.SSS a z", "yyyy-MM-dd HH:mm:ss.SSS XXX"}) {
    EXPECT_EQ(read(pattern, written(pattern)), kMs) << pattern;
  }
}

TEST(DateFormat, offsets_are_taken_off) {
  EXPECT_EQ(read("yyyy-MM-dd HH:mm X", "1970-01-01 02:00 +02"), 0);
  EXPECT_EQ(read("yyyy-MM-dd HH:mm Z", "1970-01-01 00:00 +0000"), 0);
  EXPECT_EQ(read("yyyy-MM-dd HH:mm z", "1970-01-01 02:00 GMT+02:00"), 0);
  EXPECT_EQ(read("yy", "70"), 0);
}

TEST(DateFormat, what_does_not_match_or_does_not_exist_is_refused) {
  for (const char* text : {"", "2024-05", "2024-05-01x", "2024-13-01", "2024-02-30", "2024-05-0a", "-2024-05-01"}) {
    EXPECT_EQ(read("yyyy-MM-dd", text), -1) << text;
  }
  EXPECT_EQ(written("YYYY"),
            "error: 'Y' is not among the letters that are known: yMdDEaHhkKmsSzZX; text stands in quotes, as 'T'");
  EXPECT_EQ(written("'open"), "error: a quote that is not closed");
  EXPECT_EQ(written("SSSSSS"), "error: more than three 'S': a time has no more than milliseconds");
  EXPECT_EQ(written("XXXX"), "error: more than three 'X': an offset is X, XX or XXX");
}

}  // namespace
}  // namespace weir::connect::date_format
