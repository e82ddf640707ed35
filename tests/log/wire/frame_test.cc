#include "log/wire/frame.h"

#include <gtest/gtest.h>

#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/end_txn.h"

namespace weir::log::wire {
namespace {

TEST(Frame, its_size_is_known_from_four_bytes_on) {
  EXPECT_EQ(*frame_size(Bytes("\0\0\0", 3), 100), std::nullopt);
  EXPECT_EQ(*frame_size(Bytes("\0\0\0\x05", 4), 100), 9u);
}

TEST(Frame, a_size_that_cannot_be_is_refused) {
  EXPECT_EQ(frame_size(Bytes("\xff\xff\xff\xff", 4), 100).error().code, ErrorCode::corrupt_message);
  EXPECT_FALSE(frame_size(Bytes("\0\0\0\x65", 4), 100));
}

TEST(Frame, a_request_comes_back_as_it_was) {
  EndTxnRequest request{"payments", ProducerId(7), ProducerEpoch(1), true};
  auto frame = request_frame(request, 3, 42, "client");
  ASSERT_TRUE(frame);
  auto parsed = parse_request_frame(SharedBytes::copy_of(*frame).slice(kFrameSizeBytes));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header, (RequestHeader{ApiKey::end_txn, 3, 42, "client"}));
  EXPECT_EQ(*decoded<EndTxnRequest>(parsed->body, 3), request);
}

TEST(Frame, the_response_to_api_versions_keeps_the_oldest_header) {
  auto frame = response_frame(ApiVersionsResponse{}, 3, 42);
  ASSERT_TRUE(frame);
  auto rest = SharedBytes::copy_of(*frame).slice(kFrameSizeBytes);
  auto parsed = parse_response_frame(rest, response_header_version(ApiKey::api_versions, 3, 3));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.correlation_id, 42);
  EXPECT_EQ(rest.size() - parsed->body.size(), 4u);
  EXPECT_EQ(response_header_version(ApiKey::end_txn, 3, 3), 1);
}

TEST(Frame, an_unknown_api_is_named) {
  auto parsed = parse_request_frame(SharedBytes::copy_of(Bytes("\x03\xe7\0\0\0\0\0\x01\xff\xff", 10)));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::unsupported_version);
  EXPECT_NE(parsed.error().detail.find("999"), std::string::npos);
}

}  // namespace
}  // namespace weir::log::wire
