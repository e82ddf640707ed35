// Many connections at once: as many as this process may have descriptors for, two for each, and 5,000 at most.
#include <iostream>

#include <gtest/gtest.h>

#include "log/base/descriptors.h"
#include "log/net/server.h"
#include "tests/log/net/raw_client.h"
#include "tests/log/net/scripted_service.h"

namespace weir::log::net::many_connections_test {
namespace {

constexpr std::size_t kIdle = 5'000;
constexpr std::size_t kBusy = 500;
constexpr std::size_t kOthers = 500;  // descriptors of this process

class ManyConnections : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    auto started = Server::start({{{"127.0.0.1", 0}}}, options, service_, SystemClock::instance());
    ASSERT_TRUE(started) << started.error().to_string();
    server_ = *std::move(started);
  }
  RawClient client() { return RawClient(server_->endpoints().at(0)); }
  static std::size_t idle_that_fit() {
    const std::size_t limit = descriptor_limit();
    const std::size_t fit = limit > 2 * kBusy + kOthers ? (limit - 2 * kBusy - kOthers) / 2 : 0;
    return std::min(kIdle, fit);
  }
  static void expect_heartbeats(std::vector<RawClient>& clients, std::int32_t id) {
    for (auto& one : clients) ASSERT_TRUE(one.send_request(wire::HeartbeatRequest{}, 4, id));
    for (auto& one : clients) ASSERT_TRUE(one.receive_response<wire::HeartbeatResponse>(4, id));
  }

  ScriptedService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ManyConnections, those_that_are_idle_do_not_hold_up_those_that_are_busy) {
  start();
  const std::size_t count = idle_that_fit();
  if (count < kIdle) std::cout << "the limit of descriptors leaves room for " << count << " idle connections\n";
  std::vector<RawClient> idle;
  std::vector<RawClient> busy;
  for (std::size_t i = 0; i < count; ++i) {
    idle.push_back(client());
    ASSERT_TRUE(idle.back().is_connected()) << i;
  }
  for (std::size_t i = 0; i < kBusy; ++i) busy.push_back(client());
  for (std::int32_t round = 1; round <= 20; ++round) expect_heartbeats(busy, round);
  EXPECT_EQ(server_->connections(), count + kBusy);
  expect_heartbeats(idle, 1);
}

TEST_F(ManyConnections, a_flood_is_turned_away_and_those_inside_go_on) {
  start({.max_connections = 100});
  std::vector<RawClient> inside;
  for (int i = 0; i < 100; ++i) inside.push_back(client());
  expect_heartbeats(inside, 1);
  for (int i = 0; i < 2'000; ++i) {
    auto flood = client();
    if (i % 100 == 0) {
      EXPECT_TRUE(flood.is_closed());
      expect_heartbeats(inside, 2 + i);
    }
  }
  EXPECT_EQ(server_->connections(), 100u);
}

// Each begins a frame of 100 MiB and sends nothing of it.
TEST_F(ManyConnections, promises_of_long_requests_take_no_memory) {
  start();
  std::vector<RawClient> all;
  for (int i = 0; i < 400; ++i) {
    all.push_back(client());
    ASSERT_TRUE(all.back().send(Bytes("\x06\x40\0\0", 4)));  // 40 GiB altogether
  }
  auto good = client();
  EXPECT_TRUE(good.call(wire::HeartbeatRequest{}));
  EXPECT_EQ(server_->connections(), 401u);
}

TEST_F(ManyConnections, half_of_them_leave_in_the_middle_of_everything) {
  start();
  for (int round = 0; round < 10; ++round) {
    std::vector<RawClient> stay;
    for (int i = 0; i < 50; ++i) {
      auto leaves = client();
      ASSERT_TRUE(leaves.send_request(wire::JoinGroupRequest{}, 9, 1));
      if (i % 2 == 0) {
        ASSERT_TRUE(leaves.send(Bytes("\0\0\1", 3)));
      }
      stay.push_back(client());
    }
    expect_heartbeats(stay, 1);
  }
  while (server_->connections() > 0) std::this_thread::yield();
}

}  // namespace
}  // namespace weir::log::net::many_connections_test
