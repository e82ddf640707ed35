#include "connect/herder/group_messages.h"

#include <gmock/gmock.h>

namespace weir::connect::group_messages_test {
namespace {

std::string hex(Bytes bytes) {
  std::string text;
  for (char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

// version 0, "u", offset 7
TEST(GroupMessages, what_an_eager_worker_says_is_its_url_and_offset) {
  EXPECT_EQ(hex(to_bytes(WorkerSaid{"u", 7, {}}, GroupProtocol::eager)),
            "0000"
            "000175"
            "0000000000000007");
}

TEST(GroupMessages, a_cooperative_one_says_what_it_has_as_an_assignment) {
  EXPECT_EQ(hex(to_bytes(WorkerSaid{"u", 7, {}}, GroupProtocol::compatible)),
            "0001"
            "000175"
            "0000000000000007"
            "ffffffff");
  WorkerSaid said{"u", 7, {.connectors = {"c"}, .tasks = {{"c", 0}}}};
  EXPECT_EQ(hex(to_bytes(said, GroupProtocol::sessioned)),
            "0002"
            "000175"
            "0000000000000007"
            "0000002c"
            "0002"
            "0000"
            "0000"
            "000175"
            "0000000000000007"
            "00000001"
            "000163"
            "00000002"
            "ffffffff"
            "00000000"
            "00000000"
            "00000000");
}

TEST(GroupMessages, an_assignment_names_the_connector_itself_as_minus_one) {
  WorkerTold told{.leader = "m", .leader_url = "u", .config_offset = 1, .gets = {.connectors = {"c"}}, .delay_ms = 5};
  EXPECT_EQ(hex(to_bytes(told, GroupProtocol::eager)),
            "0000"
            "0000"
            "00016d"
            "000175"
            "0000000000000001"
            "00000001"
            "000163"
            "00000001"
            "ffffffff");
  EXPECT_EQ(hex(to_bytes(told, GroupProtocol::compatible)),
            "0001"
            "0000"
            "00016d"
            "000175"
            "0000000000000001"
            "00000001"
            "000163"
            "00000001"
            "ffffffff"
            "00000000"
            "00000005");
}

TEST(GroupMessages, are_read_back) {
  const Share some{.connectors = {"a", "b"}, .tasks = {{"a", 0}, {"a", 1}, {"c-1", 7}}};
  for (auto protocol : {GroupProtocol::compatible, GroupProtocol::sessioned}) {
    const WorkerSaid said{"http://host:8083", 42, some};
    EXPECT_EQ(parse_worker_said(to_bytes(said, protocol)).value(), said);
    const WorkerTold told{1, "leader", "http://leader", 42, some, {.tasks = {{"d", 2}}}, 3'000};
    EXPECT_EQ(parse_worker_told(to_bytes(told, protocol)).value(), told);
    EXPECT_EQ(group_protocol_named(name_of(protocol)), protocol);
  }
  EXPECT_EQ(name_of(GroupProtocol::eager), "default");
  EXPECT_EQ(group_protocol_named("range"), std::nullopt);
}

TEST(GroupMessages, a_newer_version_is_read_as_far_as_it_is_known) {
  auto bytes = to_bytes(WorkerSaid{"u", 7, {.tasks = {{"c", 1}}}}, GroupProtocol::sessioned);
  bytes[1] = 9;
  bytes += "more";
  EXPECT_EQ(parse_worker_said(bytes).value().has.tasks.size(), 1u);
}

TEST(GroupMessages, bytes_that_are_cut_or_promise_more_are_errors) {
  const auto said = to_bytes(WorkerSaid{"url", 7, {.tasks = {{"c", 1}}}}, GroupProtocol::compatible);
  for (std::size_t size = 0; size < said.size(); ++size) {
    if (size == 2 + 5 + 8) continue;  // as one of version 0
    EXPECT_FALSE(parse_worker_said(Bytes(said).substr(0, size))) << size;
  }
  WorkerTold all{.leader = "m", .leader_url = "u", .gets = {.tasks = {{"c", 1}}}, .gives_up = {}, .delay_ms = 1};
  auto told = to_bytes(all, GroupProtocol::compatible);
  told[2 + 2 + 3 + 3 + 8] = 0x7f;  // two thousand million connectors
  EXPECT_EQ(parse_worker_told(told).error().code, ErrorCode::truncated);
  EXPECT_EQ(parse_worker_told(Bytes("\xff\xff", 2)).error().code, ErrorCode::unsupported_version);
}

}  // namespace
}  // namespace weir::connect::group_messages_test
