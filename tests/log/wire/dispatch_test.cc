#include "log/wire/dispatch.h"

#include <gtest/gtest.h>

#include "log/wire/frame.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/fetch.h"

namespace weir::log::wire::dispatch_test {
namespace {

TEST(Dispatch, there_is_a_row_for_every_api) {
  const auto rows = all_api_ops();
  ASSERT_EQ(rows.size(), std::size(kApis));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].api, kApis[i].key);
    EXPECT_EQ(rows[i].name, kApis[i].name);
    EXPECT_EQ(rows[i].max_version, kApis[i].max_version);
    EXPECT_EQ(find_api_ops(kApis[i].key), &rows[i]);
  }
}

TEST(Dispatch, an_api_that_nobody_knows_has_none) {
  for (int key : {-1, 4, 67, 76, 32767}) EXPECT_EQ(find_api_ops(static_cast<ApiKey>(key)), nullptr) << key;
}

// What is at its defaults can be told in every version, and comes back.
TEST(Dispatch, every_message_goes_to_bytes_and_back_in_every_version) {
  for (const auto& api : all_api_ops()) {
    for (std::int16_t version = api.min_version; version <= api.max_version; ++version) {
      auto request = api.request.make();
      auto frame = request_frame(api, request.get(), version, 7, "somebody");
      ASSERT_TRUE(frame) << api.name << " " << version << ": " << frame.error().to_string();
      const auto bytes = SharedBytes::take(frame->flat());
      EXPECT_EQ(*frame_size(bytes.view(), 1'000), bytes.size());
      auto parsed = parse_request_frame(bytes.slice(kFrameSizeBytes));
      ASSERT_TRUE(parsed) << api.name << " " << version;
      EXPECT_EQ(parsed->header, (RequestHeader{api.api, version, 7, "somebody"}));
      auto again = api.request.make();
      const auto decoded = decode_body(api.request, again.get(), version, parsed->body);
      ASSERT_TRUE(decoded) << api.name << " " << version << ": " << decoded.error().to_string();
      EXPECT_EQ(request_frame(api, again.get(), version, 7, "somebody")->flat(), bytes.view());

      auto response = api.response.make();
      auto answer = response_frame(api, response.get(), version, 7);
      ASSERT_TRUE(answer) << api.name << " " << version << ": " << answer.error().to_string();
      const auto answered = SharedBytes::take(answer->flat());
      auto header_version = response_header_version(api.api, version, api.first_flexible_version);
      auto back = parse_response_frame(answered.slice(kFrameSizeBytes), header_version);
      ASSERT_TRUE(back) << api.name << " " << version;
      EXPECT_EQ(back->header.correlation_id, 7);
      auto response_again = api.response.make();
      ASSERT_TRUE(decode_body(api.response, response_again.get(), version, back->body)) << api.name << " " << version;
      EXPECT_EQ(response_frame(api, response_again.get(), version, 7)->flat(), answered.view());
    }
  }
}

TEST(Dispatch, gives_the_frames_that_the_types_give) {
  EndTxnRequest request{"payments", ProducerId(7), ProducerEpoch(1), true};
  const ApiOps& api = *find_api_ops(ApiKey::end_txn);
  EXPECT_EQ(request_frame(api, &request, 3, 42, "client")->flat(), *request_frame(request, 3, 42, "client"));
  EndTxnResponse response;
  response.error_code = ErrorCode::producer_fenced;
  EXPECT_EQ(response_frame(api, &response, 2, 42)->flat(), *response_frame(response, 2, 42));
  ApiVersionsResponse versions;
  EXPECT_EQ(response_frame(*find_api_ops(ApiKey::api_versions), &versions, 3, 1)->flat(),
            *response_frame(versions, 3, 1));
}

TEST(Dispatch, bytes_behind_a_message_are_refused) {
  const ApiOps& api = *find_api_ops(ApiKey::end_txn);
  EndTxnRequest request{"payments", ProducerId(7), ProducerEpoch(1), true};
  auto body = *encoded(request, 1) + "x";
  EndTxnRequest into;
  const auto decoded = decode_body(api.request, &into, 1, SharedBytes::take(std::move(body)));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::corrupt_message);
}

FetchResponse response_with(std::vector<SharedBytes> parts) {
  FetchResponse response;
  auto& topic = response.responses.emplace_back();
  topic.topic = "clicks";
  topic.partitions.emplace_back().records = Records{std::move(parts)};
  topic.partitions.emplace_back().records = Records{};
  return response;
}

TEST(Dispatch, long_records_are_shared_and_short_ones_copied) {
  const auto longer = SharedBytes::copy_of(std::string(5'000, 'x'));
  const auto longest = SharedBytes::copy_of(std::string(70'000, 'y'));
  auto response = response_with({longer, SharedBytes::copy_of("short"), longest});
  for (std::int16_t version : {4, 11}) {
    auto frame = response_frame(*find_api_ops(ApiKey::fetch), &response, version, 3);
    ASSERT_TRUE(frame);
    ASSERT_EQ(frame->slices.size(), 2u);
    EXPECT_EQ(frame->slices[0].bytes.data(), longer.data());
    EXPECT_EQ(frame->slices[1].bytes.data(), longest.data());
    EXPECT_LT(frame->own.size(), 200u);
    EXPECT_EQ(frame->flat(), *response_frame(response, version, 3));
    EXPECT_EQ(frame->size_bytes(), frame->flat().size());
  }
}

TEST(Dispatch, no_run_of_a_gathered_frame_is_empty) {
  GatheredBytes bytes;
  bytes.own = "abcd";
  bytes.slices = {{0, SharedBytes::copy_of("12")},
                  {2, SharedBytes::copy_of("")},
                  {2, SharedBytes::copy_of("3")},
                  {4, SharedBytes::copy_of("4")}};
  std::vector<std::string> runs;
  bytes.for_each_run([&](Bytes run) { runs.emplace_back(run); });
  EXPECT_EQ(runs, (std::vector<std::string>{"12", "ab", "3", "cd", "4"}));
}

}  // namespace
}  // namespace weir::log::wire::dispatch_test
