#include "log/wire/message.h"

#include <bit>

#include <gtest/gtest.h>

#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/consumer_group_heartbeat.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_client_quotas.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/produce.h"

namespace weir::log::wire {
namespace {

ProduceRequest produce_request() {
  ProduceRequest request;
  request.transactional_id = "payments";
  request.acks = -1;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "clicks";
  auto& partition = topic.partition_data.emplace_back();
  partition.index = PartitionIndex(3);
  partition.records = Records{{SharedBytes::copy_of("first"), SharedBytes::copy_of("second")}};
  return request;
}

TEST(Message, starts_with_the_defaults_of_the_protocol) {
  FetchRequest request;
  EXPECT_EQ(request.max_bytes, 2147483647);
  EXPECT_EQ(request.session_epoch, -1);
  EXPECT_EQ(request.replica_id, NodeId(-1));
  EXPECT_FALSE(request.cluster_id);
  MetadataRequest metadata;
  ASSERT_TRUE(metadata.topics);
  EXPECT_TRUE(metadata.topics->empty());
  EXPECT_TRUE(metadata.allow_auto_topic_creation);
  EXPECT_EQ(ProduceResponse::PartitionProduceResponse{}.log_append_time_ms, -1);
}

TEST(Message, records_are_slices_of_the_frame) {
  auto bytes = encoded(produce_request(), 9);
  ASSERT_TRUE(bytes);
  auto frame = SharedBytes::take(*std::move(bytes));
  auto request = decoded<ProduceRequest>(frame, 9);
  ASSERT_TRUE(request);
  const auto& records = request->topic_data[0].partition_data[0].records;
  ASSERT_TRUE(records);
  ASSERT_EQ(records->parts.size(), 1u);
  EXPECT_EQ(records->parts[0].view(), "firstsecond");
  EXPECT_GE(records->parts[0].data(), frame.data());
  EXPECT_LE(records->parts[0].data() + records->parts[0].size(), frame.data() + frame.size());
  EXPECT_EQ(records->trust, Trust::foreign);
}

TEST(Message, a_slice_outlives_its_frame) {
  SharedBytes kept;
  {
    auto request = decoded<ProduceRequest>(SharedBytes::take(*encoded(produce_request(), 9)), 9);
    kept = request->topic_data[0].partition_data[0].records->parts[0];
  }
  EXPECT_EQ(kept.view(), "firstsecond");
}

TEST(Message, a_value_that_the_version_cannot_carry_is_refused_by_name) {
  auto bytes = encoded(produce_request(), 2);  // transactional ids came with version 3
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(bytes.error().detail.find("ProduceRequest.transactional_id"), std::string::npos) << bytes.error().detail;
  EXPECT_NE(bytes.error().detail.find("version 2"), std::string::npos);
}

TEST(Message, an_ignorable_value_is_dropped) {
  FetchRequest request;
  request.rack_id = "b";
  auto bytes = encoded(request, 4);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(decoded<FetchRequest>(SharedBytes::copy_of(*bytes), 4)->rack_id, "");
}

TEST(Message, a_tagged_value_before_its_version_is_refused) {
  FetchRequest request;
  request.replica_state.replica_id = NodeId(2);  // since version 15
  EXPECT_FALSE(encoded(request, 14));
  EXPECT_FALSE(encoded(request, 7));
  EXPECT_TRUE(encoded(request, 15));
}

TEST(Message, null_is_refused_where_the_version_has_none) {
  MetadataRequest request;
  request.topics = std::nullopt;
  EXPECT_TRUE(encoded(request, 1));
  auto bytes = encoded(request, 0);
  ASSERT_FALSE(bytes);
  EXPECT_NE(bytes.error().detail.find("MetadataRequest.topics"), std::string::npos);

  auto read = decoded<MetadataRequest>(SharedBytes::copy_of("\xff\xff\xff\xff"), 0);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(read.error().detail.find("MetadataRequest.topics is null"), std::string::npos) << read.error().detail;
}

TEST(Message, a_struct_that_is_null_is_not_an_empty_one) {
  ConsumerGroupHeartbeatResponse response;
  EXPECT_FALSE(response.assignment);
  auto absent = encoded(response, 0);
  response.assignment.emplace();
  auto empty = encoded(response, 0);
  ASSERT_TRUE(absent && empty);
  EXPECT_FALSE(decoded<ConsumerGroupHeartbeatResponse>(SharedBytes::copy_of(*absent), 0)->assignment);
  EXPECT_TRUE(decoded<ConsumerGroupHeartbeatResponse>(SharedBytes::copy_of(*empty), 0)->assignment);
}

TEST(Message, a_float_keeps_its_bits) {
  DescribeClientQuotasResponse response;
  auto& values = response.entries.emplace().emplace_back().values;
  values.push_back({"negative zero", -0.0});
  values.push_back({"smallest", 4.9e-324});
  auto read = decoded<DescribeClientQuotasResponse>(SharedBytes::copy_of(*encoded(response, 1)), 1);
  ASSERT_TRUE(read);
  for (std::size_t i = 0; i < values.size(); ++i) {
    double value = read->entries->at(0).values.at(i).value;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(value), std::bit_cast<std::uint64_t>(values[i].value)) << values[i].key;
  }
}

TEST(Message, versions_beyond_the_known_are_refused) {
  EXPECT_EQ(encoded(EndTxnRequest{}, 99).error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(decoded<EndTxnRequest>({}, -1).error().code, ErrorCode::unsupported_version);
}

TEST(Message, bytes_behind_the_end_are_refused) {
  auto bytes = encoded(EndTxnResponse{}, 1);
  EXPECT_EQ(decoded<EndTxnResponse>(SharedBytes::copy_of(*bytes + "x"), 1).error().code, ErrorCode::corrupt_message);
}

TEST(Message, no_prefix_of_a_message_is_a_message) {
  for (std::int16_t version : {std::int16_t{3}, std::int16_t{9}, std::int16_t{11}}) {
    auto bytes = encoded(produce_request(), version);
    ASSERT_TRUE(bytes);
    for (std::size_t size = 0; size < bytes->size(); ++size) {
      auto read = decoded<ProduceRequest>(SharedBytes::copy_of(Bytes(*bytes).substr(0, size)), version);
      ASSERT_FALSE(read) << size;
      EXPECT_EQ(read.error().code, ErrorCode::truncated);
    }
  }
}

// A length that promises 2^31 elements must be seen through before anything is allocated for them.
TEST(Message, a_length_without_bytes_behind_it_allocates_nothing) {
  OwnedBytes bytes;
  Writer out(bytes);
  out.int32(0x7fffffff);
  bytes.append(64, '\0');
  auto read = decoded<MetadataRequest>(SharedBytes::copy_of(bytes), 0);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::truncated);

  OwnedBytes compact("\xff\xff\xff\xff\x0f", 5);  // the same as a varint
  EXPECT_FALSE(decoded<MetadataRequest>(SharedBytes::copy_of(compact), 9));
}

TEST(Message, elements_that_take_much_more_memory_than_bytes_are_refused) {
  constexpr std::size_t kCount = 2'000'000;  // empty strings of a byte each
  std::string body;
  MessageWriter out(body);
  out.unsigned_varint(kCount + 1);
  body.append(kCount, '\1');
  out.int32(1'000);
  out.unsigned_varint(0);
  auto decoded_body = decoded<DeleteTopicsRequest>(SharedBytes::copy_of(body), 4);
  ASSERT_FALSE(decoded_body);
  EXPECT_EQ(decoded_body.error().code, ErrorCode::corrupt_message);
  DeleteTopicsRequest many;
  for (int i = 0; i < 100'000; ++i) many.topic_names.push_back("t");
  EXPECT_TRUE(decoded<DeleteTopicsRequest>(SharedBytes::take(*encoded(many, 4)), 4));
}

TEST(Message, unknown_tags_are_skipped_and_must_be_in_order) {
  auto bytes = encoded(EndTxnResponse{}, 3);
  ASSERT_TRUE(bytes);
  bytes->back() = 2;  // two tagged fields
  OwnedBytes ordered = *bytes + OwnedBytes("\x05\x01x\x06\x00", 5);
  EXPECT_TRUE(decoded<EndTxnResponse>(SharedBytes::copy_of(ordered), 3));
  OwnedBytes twice = *bytes + OwnedBytes("\x05\x01x\x05\x00", 5);
  EXPECT_EQ(decoded<EndTxnResponse>(SharedBytes::copy_of(twice), 3).error().code, ErrorCode::corrupt_message);
}

TEST(Message, random_bytes_never_do_more_than_fail) {
  std::uint32_t state = 12345;
  int failed = 0;
  for (int round = 0; round < 20'000; ++round) {
    OwnedBytes bytes;
    for (int i = 0; i < 40; ++i) {
      state = state * 1664525 + 1013904223;
      bytes += static_cast<char>(state >> 24 & (round % 2 != 0 ? 0xff : 0x07));
    }
    auto version = static_cast<std::int16_t>(round % 18);
    if (!decoded<FetchResponse>(SharedBytes::copy_of(bytes), version)) ++failed;
    if (!decoded<OffsetFetchResponse>(SharedBytes::copy_of(bytes), static_cast<std::int16_t>(round % 10))) ++failed;
  }
  EXPECT_GT(failed, 39'000);
}

}  // namespace
}  // namespace weir::log::wire
