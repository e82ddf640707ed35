// Who sends or fetches more than its quota, over sockets: it is told, and its next request waits (KIP-219).
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/produce.h"
#include "tests/log/server/server_world.h"

namespace weir::log::throttle_test {
namespace {

class ThrottleTest : public ServedLog {
 protected:
  ThrottleTest() {
    ServeOptions serve;
    serve.stop_within = Millis(10);
    serve.authentication_timeout = Millis(3'600'000);
    client_.emplace(open("log", {.durability = Durability::os,
                                 .files = &files,
                                 .clock = &clock_,
                                 .listen = {"127.0.0.1:0"},
                                 .serve = serve})
                        .value());
    EXPECT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  }
  void limit(const std::string& name, double bytes_per_second) {
    ASSERT_TRUE(client_->security_admin()->set_quota({.client_id = "raw"}, name, bytes_per_second));
  }
  static wire::ProduceRequest records_of(std::size_t bytes) {
    BatchBuilder builder;
    builder.add(1'000, std::nullopt, Bytes(std::string(bytes, 'v')));
    wire::ProduceRequest request;
    request.acks = 1;
    auto& data = request.topic_data.emplace_back();
    data.name = "t";
    data.partition_data.emplace_back().records = Records{{builder.seal({})->bytes}};
    return request;
  }
  static wire::FetchRequest all_records() {
    wire::FetchRequest request;
    auto& topic = request.topics.emplace_back();
    topic.topic = "t";
    topic.partitions.emplace_back().partition_max_bytes = 1 << 20;
    return request;
  }
  // How long by the clock until something comes.
  std::int64_t awaited_ms(net::RawClient& one) {
    const auto before_ms = clock_.wall_ms();
    while (one.is_silent(20)) clock_.advance(Millis(500));
    return clock_.wall_ms() - before_ms;
  }

  ManualClock clock_{1'700'000'000'000};
  std::optional<Client> client_;
};

TEST_F(ThrottleTest, who_sends_too_much_is_told_at_once_and_its_next_request_waits) {
  limit("producer_byte_rate", 1'000);
  auto one = raw(*client_);
  EXPECT_EQ(one.call(records_of(5'000))->throttle_time_ms, 0);
  const auto told = one.call(records_of(10'000));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->responses.at(0).partition_responses.at(0).error_code, ErrorCode::none);
  EXPECT_NEAR(told->throttle_time_ms, 5'000, 300);
  auto other = raw(*client_);
  ASSERT_TRUE(one.send_request(wire::MetadataRequest{}, 9, 7));
  EXPECT_TRUE(other.call(wire::MetadataRequest{}));  // holds up nobody else
  EXPECT_GE(awaited_ms(one), 4'500);
  EXPECT_TRUE(one.receive_response<wire::MetadataResponse>(9, 7));
}

TEST_F(ThrottleTest, versions_that_do_not_wait_by_themselves_are_answered_late) {
  limit("producer_byte_rate", 1'000);
  auto one = raw(*client_);
  ASSERT_TRUE(one.send_request(records_of(15'000), 5, 7));
  EXPECT_GE(awaited_ms(one), 4'500);
  EXPECT_EQ(one.receive_response<wire::ProduceResponse>(5, 7)->throttle_time_ms, 0);
}

TEST_F(ThrottleTest, who_fetches_too_much_is_told_too) {
  auto one = raw(*client_);
  ASSERT_TRUE(one.call(records_of(30'000)));
  EXPECT_EQ(one.call(all_records(), 12)->throttle_time_ms, 0);  // nobody has a quota
  limit("consumer_byte_rate", 2'000);
  const auto told = one.call(all_records(), 12);
  EXPECT_NEAR(told->throttle_time_ms, 5'000, 300);
  EXPECT_GT(told->responses.at(0).partitions.at(0).records->size_bytes(), 30'000u);
  ASSERT_TRUE(one.send_request(all_records(), 12, 7));
  EXPECT_GE(awaited_ms(one), 4'500);
}

}  // namespace
}  // namespace weir::log::throttle_test
