// A server as its clients see it: what it answers, in which order, and whom it lets go.
#include "log/net/server.h"

#include <thread>

#include <gtest/gtest.h>

#include "tests/log/net/raw_client.h"
#include "tests/log/net/scripted_service.h"

namespace weir::log::net::server_test {
namespace {

class ServerTest : public testing::Test {
 protected:
  explicit ServerTest(ServerOptions options = {}) : options_(options) {}

  void start(std::vector<Listener> listeners = {{{"127.0.0.1", 0}}}) {
    auto started = Server::start(std::move(listeners), options_, service_, clock_);
    ASSERT_TRUE(started) << started.error().to_string();
    server_ = *std::move(started);
  }
  RawClient client() { return RawClient(server_->endpoints().at(0)); }

  // Something happens on the server's threads: nobody says when.
  template <class Condition>
  static void wait_until(Condition condition) {
    while (!condition()) std::this_thread::yield();
  }

  static wire::JoinGroupRequest join(const std::string& member) {
    wire::JoinGroupRequest request;
    request.member_id = member;
    return request;
  }
  static wire::FetchRequest fetch(std::int32_t bytes) {
    wire::FetchRequest request;
    request.max_bytes = bytes;
    return request;
  }
  static wire::ProduceRequest produce(std::int16_t acks) {
    wire::ProduceRequest request;
    request.acks = acks;
    return request;
  }

  ManualClock clock_;
  ServerOptions options_;
  ScriptedService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, a_request_is_answered_in_every_version) {
  start();
  auto one = client();
  for (std::int16_t version = 0; version <= wire::HeartbeatRequest::kMaxVersion; ++version) {
    EXPECT_TRUE(one.call(wire::HeartbeatRequest{}, version)) << version;
  }
}

TEST_F(ServerTest, it_listens_on_several_addresses_and_tells_each_client_its_own) {
  start({{{"127.0.0.1", 0}}, {{"127.0.0.1", 0}, HostPort{"broker.example", 19092}}, {{"0.0.0.0", 0}}});
  ASSERT_EQ(server_->endpoints().size(), 3u);
  const auto told = [&](std::size_t listener) {
    RawClient one({"127.0.0.1", server_->endpoints()[listener].port});
    auto response = one.call(wire::MetadataRequest{});
    EXPECT_TRUE(response);
    EXPECT_EQ(response->cluster_id, "raw@127.0.0.1");
    return HostPort{response->brokers.at(0).host, static_cast<std::uint16_t>(response->brokers.at(0).port)};
  };
  EXPECT_EQ(told(0), server_->endpoints()[0]);
  EXPECT_EQ(told(1), (HostPort{"broker.example", 19092}));
  EXPECT_EQ(told(2), (HostPort{"127.0.0.1", server_->endpoints()[2].port}));
}

TEST_F(ServerTest, nobody_listens_twice_on_one_address) {
  start();
  auto second = Server::start({{server_->endpoints()[0]}}, options_, service_, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io_error);
  EXPECT_NE(second.error().detail.find(server_->endpoints()[0].to_string()), std::string::npos);
}

TEST_F(ServerTest, a_host_that_is_none_is_named) {
  auto started = Server::start({{{"no-such-host.invalid", 0}}}, options_, service_, clock_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(started.error().detail.find("no-such-host.invalid"), std::string::npos);
}

// Order ------------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, answers_leave_in_the_order_of_the_requests) {
  start();
  auto one = client();
  ASSERT_TRUE(one.send_request(join("first"), 9, 1));
  for (std::int32_t i = 2; i <= 20; ++i) ASSERT_TRUE(one.send_request(wire::HeartbeatRequest{}, 4, i));
  wait_until([&] { return service_.waiting() == 1; });
  EXPECT_TRUE(one.is_silent(50));
  EXPECT_EQ(service_.calls(), 1);
  service_.let_go();
  EXPECT_EQ(one.receive_response<wire::JoinGroupResponse>(9, 1)->member_id, "first");
  for (std::int32_t i = 2; i <= 20; ++i) EXPECT_TRUE(one.receive_response<wire::HeartbeatResponse>(4, i));
}

TEST_F(ServerTest, a_request_that_waits_holds_up_no_other_connection) {
  start();
  std::vector<RawClient> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(client());
    ASSERT_TRUE(waiting.back().send_request(join("m" + std::to_string(i)), 9, 1));
  }
  wait_until([&] { return service_.waiting() == 10; });
  auto other = client();
  EXPECT_TRUE(other.call(wire::HeartbeatRequest{}));
  for (int i = 0; i < 10; ++i) service_.let_go();
  for (auto& one : waiting) EXPECT_TRUE(one.receive_response<wire::JoinGroupResponse>(9, 1));
}

TEST_F(ServerTest, a_request_that_comes_in_pieces_is_one) {
  start();
  auto one = client();
  const auto frame = *wire::request_frame(join(std::string(500, 'm')), 9, 1, "raw");
  for (char byte : frame) ASSERT_TRUE(one.send({&byte, 1}));
  service_.let_go();
  EXPECT_TRUE(one.receive_response<wire::JoinGroupResponse>(9, 1));
}

TEST_F(ServerTest, long_requests_and_answers_are_whole) {
  start();
  auto one = client();
  constexpr std::int32_t kLong = 20'000'000;
  ASSERT_TRUE(one.send_request(join(std::string(30'000, 'm')), 9, 1));
  service_.let_go();
  EXPECT_EQ(one.receive_response<wire::JoinGroupResponse>(9, 1)->member_id, std::string(30'000, 'm'));
  auto request = produce(-1);
  auto& part = request.topic_data.emplace_back().partition_data.emplace_back();
  part.records = Records{{SharedBytes::take(std::string(kLong, 'x'))}};
  EXPECT_TRUE(one.call(request));
  auto fetched = one.call(fetch(kLong));
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->responses.at(0).partitions.at(0).records->size_bytes(), std::size_t{kLong});
}

// Who leaves -------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, a_client_that_closes_takes_its_request_back) {
  start();
  auto one = client();
  ASSERT_TRUE(one.send_request(join("gone"), 9, 1));
  wait_until([&] { return service_.waiting() == 1; });
  one.close();
  wait_until([&] { return service_.taken_back() == 1 && server_->connections() == 0; });
  service_.let_go();  // touches nothing any more
  EXPECT_TRUE(client().call(wire::HeartbeatRequest{}));
}

TEST_F(ServerTest, what_a_client_sent_before_it_left_is_carried_out) {
  start();
  {
    auto one = client();
    ASSERT_TRUE(one.send_request(join("gone"), 9, 1));
    wait_until([&] { return service_.waiting() == 1; });
    for (std::int32_t i = 2; i <= 6; ++i) ASSERT_TRUE(one.send_request(produce(0), 9, i));
    one.end_sending();
    wait_until([&] { return service_.taken_back() == 1 && service_.calls() == 6; });
    EXPECT_TRUE(one.is_closed());
  }
  service_.let_go();
}

// acks=0 -----------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, what_wants_no_answer_gets_none) {
  start();
  auto one = client();
  ASSERT_TRUE(one.send_request(produce(0), 9, 1));
  ASSERT_TRUE(one.send_request(wire::HeartbeatRequest{}, 4, 2));
  EXPECT_TRUE(one.receive_response<wire::HeartbeatResponse>(4, 2));
}

TEST_F(ServerTest, what_wants_no_answer_and_fails_closes_the_connection) {
  start();
  service_.produce_error = ErrorCode::not_leader_or_follower;
  auto one = client();
  EXPECT_TRUE(one.call(produce(1)));
  ASSERT_TRUE(one.send_request(produce(0), 9, 1));
  EXPECT_TRUE(one.is_closed());
}

// What is not understood -------------------------------------------------------------------------------------------

TEST_F(ServerTest, an_unknown_version_of_api_versions_is_answered_in_the_oldest_with_the_range) {
  start();
  auto one = client();
  const auto& api = *wire::find_api_ops(wire::ApiKey::api_versions);
  wire::ApiVersionsRequest request;
  auto frame = wire::request_frame(api, &request, 4, 5, "raw")->flat();
  store_big_endian<std::int16_t>(frame.data() + 6, 99);
  ASSERT_TRUE(one.send(frame));
  auto response = one.receive_response<wire::ApiVersionsResponse>(0, 5);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code, ErrorCode::unsupported_version);
  ASSERT_EQ(response->api_keys.size(), 1u);
  EXPECT_EQ(response->api_keys[0].api_key, wire::ApiKey::api_versions);
  EXPECT_EQ(response->api_keys[0].max_version, 4);
  EXPECT_TRUE(one.call(wire::ApiVersionsRequest{}, 3));  // and goes on
}

TEST_F(ServerTest, what_is_not_understood_closes_its_connection_and_no_other) {
  start();
  auto good = client();
  auto unknown_api = Bytes("\0\0\0\x0a\x03\xe7\0\0\0\0\0\x01\xff\xff", 14);
  auto unknown_version = wire::request_frame(wire::HeartbeatRequest{}, 4, 1, "raw").value();
  store_big_endian<std::int16_t>(unknown_version.data() + 6, 5);
  auto too_old = wire::request_frame(wire::MetadataRequest{}, 0, 1, "raw").value();
  auto not_answered = wire::request_frame(wire::ApiVersionsRequest{}, 0, 1, "raw").value();
  store_big_endian<std::int16_t>(not_answered.data() + 4, 14);
  auto cut = wire::request_frame(wire::HeartbeatRequest{}, 4, 1, "raw").value();
  cut.resize(cut.size() - 3);
  store_big_endian(cut.data(), static_cast<std::int32_t>(cut.size() - 4));
  auto too_long = wire::request_frame(wire::HeartbeatRequest{}, 4, 1, "raw").value() + "x";
  store_big_endian(too_long.data(), static_cast<std::int32_t>(too_long.size() - 4));
  for (const Bytes bytes :
       {unknown_api, Bytes(unknown_version), Bytes(too_old), Bytes(not_answered), Bytes(cut), Bytes(too_long),
        Bytes("\0\0\0\0", 4), Bytes("\xff\xff\xff\xff", 4), Bytes("GET / HTTP/1.1\r\n\r\n")}) {
    auto bad = client();
    ASSERT_TRUE(bad.send(bytes));
    EXPECT_TRUE(bad.is_closed()) << to_hex(bytes);
  }
  EXPECT_EQ(service_.calls(), 0);
  EXPECT_TRUE(good.call(wire::HeartbeatRequest{}));
}

// Limits -----------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, a_frame_above_the_limit_is_refused_by_its_size_alone) {
  options_.max_frame_bytes = 1'000;
  start();
  auto one = client();
  ASSERT_TRUE(one.send_request(join(std::string(900, 'm')), 9, 1));
  service_.let_go();
  EXPECT_TRUE(one.receive_response<wire::JoinGroupResponse>(9, 1));
  ASSERT_TRUE(one.send(Bytes("\0\0\x03\xe9", 4)));
  EXPECT_TRUE(one.is_closed());
}

TEST_F(ServerTest, who_comes_above_the_limits_is_closed_at_once) {
  options_.max_connections = 3;
  options_.max_connections_per_address = 2;
  start();
  auto first = client();
  auto second = client();
  EXPECT_TRUE(first.call(wire::HeartbeatRequest{}));
  EXPECT_TRUE(second.call(wire::HeartbeatRequest{}));
  EXPECT_TRUE(client().is_closed());
  EXPECT_EQ(server_->connections(), 2u);
  first.close();
  wait_until([&] { return server_->connections() == 1; });
  EXPECT_TRUE(client().call(wire::HeartbeatRequest{}));
}

TEST_F(ServerTest, who_is_idle_for_too_long_is_let_go) {
  start();
  auto idle = client();
  auto busy = client();
  auto waits = client();
  EXPECT_TRUE(idle.call(wire::HeartbeatRequest{}));
  EXPECT_TRUE(busy.call(wire::HeartbeatRequest{}));
  ASSERT_TRUE(waits.send_request(join("waits"), 9, 1));
  wait_until([&] { return service_.waiting() == 1; });
  clock_.advance(Millis(400'000));
  EXPECT_TRUE(busy.call(wire::HeartbeatRequest{}));
  clock_.advance(Millis(200'000));
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(busy.call(wire::HeartbeatRequest{}));
  service_.let_go();
  EXPECT_TRUE(waits.receive_response<wire::JoinGroupResponse>(9, 1));
}

TEST_F(ServerTest, who_stops_within_a_request_is_let_go_sooner) {
  start();
  auto half = client();
  ASSERT_TRUE(half.send(wire::request_frame(wire::HeartbeatRequest{}, 4, 1, "raw")->substr(0, 9)));
  auto idle = client();
  EXPECT_TRUE(idle.call(wire::HeartbeatRequest{}));
  wait_until([&] { return server_->connections() == 2; });
  // The bytes may come after the clock has moved: then they count from there.
  wait_until([&] {
    clock_.advance(Millis(60'000));
    return half.is_closed(300);
  });
  EXPECT_LT(clock_.wall_ms(), 600'000);
}

TEST_F(ServerTest, who_takes_nothing_of_an_answer_is_let_go_and_holds_up_nobody) {
  start();
  RawClient slow(server_->endpoints()[0], 4'096);
  ASSERT_TRUE(slow.send_request(fetch(30'000'000), 12, 1));
  ASSERT_TRUE(slow.send_request(fetch(30'000'000), 12, 2));
  wait_until([&] { return service_.calls() == 1; });
  auto other = client();
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(other.call(wire::HeartbeatRequest{}));
  EXPECT_EQ(service_.calls(), 101);  // the second fetch is not looked at
  wait_until([&] {
    clock_.advance(Millis(60'000));
    EXPECT_TRUE(other.call(wire::HeartbeatRequest{}));
    return server_->connections() == 1;
  });
}

// The end ----------------------------------------------------------------------------------------------------------

TEST_F(ServerTest, when_it_stops_what_is_under_way_is_answered) {
  options_.stop_within = Millis(60'000);
  start();
  auto waits = client();
  auto idle = client();
  ASSERT_TRUE(waits.send_request(join("waits"), 9, 1));
  EXPECT_TRUE(idle.call(wire::HeartbeatRequest{}));
  wait_until([&] { return service_.waiting() == 1; });
  std::thread stopping([&] { server_->stop(); });
  EXPECT_TRUE(idle.is_closed());
  service_.let_go();
  EXPECT_TRUE(waits.receive_response<wire::JoinGroupResponse>(9, 1));
  EXPECT_TRUE(waits.is_closed());
  stopping.join();
  EXPECT_EQ(service_.taken_back(), 0);
}

TEST_F(ServerTest, when_it_stops_what_takes_too_long_is_taken_back) {
  options_.stop_within = Millis(1);
  start();
  auto waits = client();
  ASSERT_TRUE(waits.send_request(join("waits"), 9, 1));
  wait_until([&] { return service_.waiting() == 1; });
  const HostPort at = server_->endpoints()[0];
  server_->stop();
  EXPECT_TRUE(waits.is_closed());
  EXPECT_EQ(service_.taken_back(), 1);
  EXPECT_FALSE(RawClient(at).is_connected());
  service_.let_go();
}

TEST_F(ServerTest, it_can_be_stopped_twice_and_dropped_at_once) {
  start();
  server_->stop();
  server_->stop();
  server_.reset();
  start();
}

}  // namespace
}  // namespace weir::log::net::server_test
