#include "log/base/host_port.h"

#include <gtest/gtest.h>

namespace weir::host_port_test {
namespace {

TEST(HostPort, is_read_as_people_write_it) {
  EXPECT_EQ(*HostPort::parse("localhost:9092"), (HostPort{"localhost", 9092}));
  EXPECT_EQ(*HostPort::parse("127.0.0.1:0"), (HostPort{"127.0.0.1", 0}));
  EXPECT_EQ(*HostPort::parse("[::1]:65535"), (HostPort{"::1", 65535}));
}

TEST(HostPort, is_written_as_it_is_read) {
  for (const char* text : {"localhost:9092", "[fe80::1]:1", "0.0.0.0:0"}) {
    EXPECT_EQ(HostPort::parse(text)->to_string(), text);
  }
}

TEST(HostPort, what_is_none_is_refused_with_the_reason) {
  for (const char* text : {"", "localhost", ":9092", "localhost:", "localhost:x", "localhost:65536", "localhost:-1",
                           "localhost:90 92", "::1:9092", "[::1", "[]:1", "[::1]"}) {
    const auto parsed = HostPort::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(parsed.error().detail.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

}  // namespace
}  // namespace weir::host_port_test
