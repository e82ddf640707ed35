// What instances tell each other: there and back, from newer writers, and from bytes that are none of theirs.
#include "streams/runtime/sharing/instance_messages.h"

#include <gtest/gtest.h>

namespace weir::streams::instance_messages_test {
namespace {

TaskId task(std::size_t stage, int partition) {
  return {stage, log::PartitionIndex(partition)};
}

const InstanceSaid kSaid{{"0123456789abcdef", 4}, true, 0xfedcba9876543210, 7, 3, {task(0, 1), task(0, 5), task(2, 0)}};
const InstanceTold kTold{9, "another topology", {task(1, 0), task(1, 3)}, {{"", 1}, {"b", 2}}};

TEST(InstanceMessages, what_is_said_comes_back) {
  EXPECT_EQ(*parse_said(to_bytes(kSaid)), kSaid);
  EXPECT_EQ(*parse_said(to_bytes(InstanceSaid{})), InstanceSaid{});
}

TEST(InstanceMessages, what_is_told_comes_back) {
  EXPECT_EQ(*parse_told(to_bytes(kTold)), kTold);
  EXPECT_EQ(*parse_told(to_bytes(InstanceTold{})), InstanceTold{});
}

// The bytes of version 1 stay as they are: instances of several releases run together.
TEST(InstanceMessages, version_1_byte_by_byte) {
  const InstanceSaid said{{"i", 2}, true, 1, 2, 3, {task(1, 4)}};
  const OwnedBytes expected(
      "\0\1"
      "\0\0\0\1i"
      "\0\0\0\2"
      "\1"
      "\0\0\0\0\0\0\0\1"
      "\0\0\0\0\0\0\0\2"
      "\0\0\0\3"
      "\0\0\0\1"
      "\0\0\0\1"
      "\0\0\0\1"
      "\0\0\0\4",
      48);
  EXPECT_EQ(to_bytes(said), expected);
}

TEST(InstanceMessages, a_newer_version_is_read_as_the_newest_that_is_known) {
  for (auto bytes : {to_bytes(kSaid)}) {
    bytes[1] = 2;
    bytes += "more";
    EXPECT_EQ(*parse_said(bytes), kSaid);
  }
  auto bytes = to_bytes(kTold);
  bytes[1] = 9;
  EXPECT_EQ(*parse_told(bytes + "more"), kTold);
}

TEST(InstanceMessages, every_beginning_is_too_short_and_takes_no_memory) {
  const OwnedBytes said = to_bytes(kSaid), told = to_bytes(kTold);
  for (std::size_t size = 0; size < said.size(); ++size) EXPECT_FALSE(parse_said(Bytes(said.data(), size))) << size;
  for (std::size_t size = 0; size < told.size(); ++size) EXPECT_FALSE(parse_told(Bytes(told.data(), size))) << size;
}

TEST(InstanceMessages, counts_that_are_only_promised) {
  OwnedBytes bytes = to_bytes(InstanceSaid{});
  bytes.replace(bytes.size() - 4, 4, "\x7f\xff\xff\xff");
  EXPECT_EQ(parse_said(bytes).error().code, ErrorCode::truncated);
  bytes = to_bytes(InstanceTold{});
  bytes.replace(bytes.size() - 4, 4, "\x7f\xff\xff\xff");
  EXPECT_EQ(parse_told(bytes).error().code, ErrorCode::truncated);
}

TEST(InstanceMessages, no_version_and_no_threads) {
  OwnedBytes bytes = to_bytes(kSaid);
  bytes[1] = 0;
  EXPECT_EQ(parse_said(bytes).error().code, ErrorCode::unsupported_version);
  InstanceSaid none = kSaid;
  none.name.threads = 0;
  EXPECT_EQ(parse_said(to_bytes(none)).error().code, ErrorCode::corrupt_message);
}

}  // namespace
}  // namespace weir::streams::instance_messages_test
