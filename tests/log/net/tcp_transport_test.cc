// The seam over sockets, before brokers that keep requests waiting, speak old versions, break off or send rubbish.
#include "log/net/tcp_transport.h"

#include <gtest/gtest.h>

#include "log/net/node_table.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/produce.h"
#include "tests/log/net/raw_broker.h"

namespace weir::log::net {
namespace tcp_transport_test {
namespace {

TEST(NodeTable, asks_the_same_one_until_it_fails_and_then_the_next) {
  NodeTable nodes({{"a", 1}, {"b", 2}});
  EXPECT_EQ(nodes.any(), (HostPort{"a", 1}));
  nodes.failed({"b", 2});
  EXPECT_EQ(nodes.any(), (HostPort{"a", 1}));
  nodes.failed({"a", 1});
  EXPECT_EQ(nodes.any(), (HostPort{"b", 2}));
  nodes.learn({{NodeId(1), {"c", 3}}, {NodeId(2), {"b", 2}}});
  nodes.failed({"b", 2});
  EXPECT_EQ(nodes.any(), (HostPort{"a", 1}));
  nodes.failed({"a", 1});
  EXPECT_EQ(nodes.any(), (HostPort{"c", 3}));
  EXPECT_EQ(nodes.everybody().size(), 3u);
}

TEST(NodeTable, follows_nodes_that_move_and_forgets_those_that_went) {
  NodeTable nodes({{"a", 1}});
  EXPECT_FALSE(nodes.find(NodeId(1)));
  nodes.learn({{NodeId(1), {"c", 3}}, {NodeId(2), {"d", 4}}});
  nodes.learn({{NodeId(1), {"c", 5}}});
  EXPECT_EQ(nodes.find(NodeId(1)), (HostPort{"c", 5}));
  EXPECT_FALSE(nodes.find(NodeId(2)));
  nodes.learn({});
  EXPECT_EQ(nodes.find(NodeId(1)), (HostPort{"c", 5})) << "an answer without brokers says nothing";
  nodes.learn(NodeId(9), {"e", 6});
  EXPECT_EQ(nodes.find(NodeId(9)), (HostPort{"e", 6}));
}

// A transport to one broker, and calls from this thread.
class Tcp {
 public:
  explicit Tcp(std::vector<HostPort> servers, TcpOptions options = {})
      : transport_(TcpTransport::start(std::move(servers), std::move(options), SystemClock::instance(),
                                       std::make_shared<Runner>(SystemClock::instance(), "test"))
                       .value()) {}

  template <class Request>
  Result<typename Request::Response> call(Request request, NodeId node = kAnyNode) {
    return loop.run(start(std::move(request), node));
  }
  template <class Request>
  Task<Result<typename Request::Response>> start(Request request, NodeId node = kAnyNode) {
    return start(std::move(request), node, loop);
  }
  template <class Request>
  Task<Result<typename Request::Response>> start(Request request, NodeId node, Loop& caller) {
    return static_cast<Transport&>(*transport_).call(node, std::move(request), caller);
  }

  Loop loop;

 private:
  std::shared_ptr<TcpTransport> transport_;
};

wire::HeartbeatRequest heartbeat(std::int32_t generation = 1) {
  return {"g", generation, "m", std::nullopt};
}

// Answers heartbeats with their generation as the error's number, joins never.
void serve(RawPeer& peer) {
  if (!peer.introduce()) return;
  while (const auto frame = peer.receive()) {
    if (frame->header.request_api_key != wire::ApiKey::heartbeat) continue;
    const auto asked = wire::decoded<wire::HeartbeatRequest>(frame->body, frame->header.request_api_version).value();
    wire::HeartbeatResponse response;
    response.error_code = ErrorCode(static_cast<std::int16_t>(asked.generation_id));
    peer.answer(frame->header, response);
  }
}

TEST(TcpTransport, requests_are_answered_in_order_over_one_connection) {
  RawBroker broker([](RawPeer& peer, int) { serve(peer); });
  Tcp tcp({broker.at()});
  ASSERT_TRUE(tcp.call(heartbeat()));
  std::vector<Task<Result<wire::HeartbeatResponse>>> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back(tcp.start(heartbeat(i)));
    (void)calls.back().start();
  }
  for (int i = 0; i < 50; ++i) {
    while (!calls[static_cast<std::size_t>(i)].done()) (void)tcp.loop.resume_ready();
    EXPECT_EQ(calls[static_cast<std::size_t>(i)].take()->error_code, ErrorCode(static_cast<std::int16_t>(i)));
  }
  EXPECT_EQ(broker.connections(), 1);
}

TEST(TcpTransport, what_waits_in_the_broker_holds_up_nothing_else) {
  RawBroker broker([](RawPeer& peer, int) { serve(peer); });
  Tcp tcp({broker.at()});
  auto first = tcp.start(wire::JoinGroupRequest{});
  auto second = tcp.start(wire::JoinGroupRequest{});
  EXPECT_FALSE(first.start());
  EXPECT_FALSE(second.start());
  EXPECT_EQ(tcp.call(heartbeat(5))->error_code, ErrorCode(5));
  EXPECT_FALSE(first.done());
  EXPECT_FALSE(second.done());
}

// The broker takes its time with whoever came first.
TEST(TcpTransport, callers_do_not_wait_for_each_other) {
  std::atomic<bool> has_first = false;
  std::atomic<bool> goes_on = false;
  RawBroker broker([&](RawPeer& peer, int number) {
    if (number > 0) return serve(peer);
    if (!peer.introduce()) return;
    const auto frame = peer.receive();
    has_first = true;
    while (!goes_on) std::this_thread::yield();
    if (frame) peer.answer(frame->header, wire::HeartbeatResponse{});
  });
  Tcp tcp({broker.at()});
  auto slow = tcp.start(heartbeat());
  (void)slow.start();
  while (!has_first) (void)tcp.loop.resume_ready(std::chrono::milliseconds(1));
  Loop another;
  const auto quick = another.run(tcp.start(heartbeat(6), kAnyNode, another));
  EXPECT_EQ(quick->error_code, ErrorCode(6));
  goes_on = true;
  while (!slow.done()) (void)tcp.loop.resume_ready();
  EXPECT_TRUE(slow.take());
}

TEST(TcpTransport, a_call_that_was_taken_back_disturbs_nobody) {
  std::atomic<bool> has_come = false, goes_on = false;
  RawBroker broker([&](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto frame = peer.receive()) {
      has_come = true;
      while (!goes_on) std::this_thread::yield();
      wire::HeartbeatResponse response;
      response.error_code = ErrorCode(7);
      peer.answer(frame->header, response);
    }
  });
  Tcp tcp({broker.at()});
  {
    auto taken_back = tcp.start(heartbeat());
    EXPECT_FALSE(taken_back.start());
    while (!has_come) (void)tcp.loop.resume_ready(std::chrono::milliseconds(1));
  }
  goes_on = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(tcp.call(heartbeat())->error_code, ErrorCode(7));
}

TEST(TcpTransport, an_answer_that_does_not_come_in_time_is_told_with_who_and_what) {
  RawBroker broker([](RawPeer& peer, int number) {
    if (number > 0) return serve(peer);
    if (!peer.introduce()) return;
    while (peer.receive()) {
    }
  });
  TcpOptions options;
  options.request_timeout = Millis(30);
  Tcp tcp({broker.at()}, options);
  const auto late = tcp.call(heartbeat());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);
  EXPECT_EQ(late.error().detail, broker.at().to_string() + ": no answer to Heartbeat within 30 ms");
  // That connection is given up, and the next call has another.
  while (!tcp.call(heartbeat())) {
  }
  EXPECT_GE(broker.connections(), 2);
}

TEST(TcpTransport, a_server_that_says_nothing_is_given_up) {
  RawBroker broker([](RawPeer& peer, int) {
    while (peer.receive()) {
    }
  });
  TcpOptions options;
  options.connect_timeout = Millis(30);
  Tcp tcp({broker.at()}, options);
  const auto failed = tcp.call(heartbeat());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io_error);
  EXPECT_EQ(failed.error().detail, broker.at().to_string() + ": no connection within 30 ms");
}

TEST(TcpTransport, a_server_that_cannot_be_reached_is_told_with_the_reason) {
  HostPort nobody;
  {
    RawBroker gone([](RawPeer&, int) {});
    nobody = gone.at();
  }
  Tcp tcp({nobody, {"no.such.host.invalid", 9}});
  const auto failed = tcp.call(heartbeat());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io_error);
  for (const std::string& part :
       {nobody.to_string() + ": Connection refused", std::string("no.such.host.invalid:9: ")}) {
    EXPECT_NE(failed.error().detail.find(part), std::string::npos) << failed.error().detail;
  }
}

TEST(TcpTransport, if_anybody_will_do_whoever_can_be_reached_is_asked) {
  HostPort nobody;
  {
    RawBroker gone([](RawPeer&, int) {});
    nobody = gone.at();
  }
  RawBroker broker([](RawPeer& peer, int) { serve(peer); });
  Tcp tcp({nobody, broker.at()});
  EXPECT_EQ(tcp.call(heartbeat(3))->error_code, ErrorCode(3));
}

TEST(TcpTransport, a_broken_connection_fails_what_is_on_its_way_and_another_is_made) {
  RawBroker broker([](RawPeer& peer, int number) {
    if (number > 0) return serve(peer);
    if (peer.introduce()) (void)peer.receive();
  });
  Tcp tcp({broker.at()});
  const auto broken = tcp.call(heartbeat());
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::io_error);
  EXPECT_NE(broken.error().detail.find(broker.at().to_string()), std::string::npos);
  EXPECT_EQ(tcp.call(heartbeat(4))->error_code, ErrorCode(4));
}

TEST(TcpTransport, a_server_that_fails_is_not_tried_again_at_once) {
  RawBroker broker([](RawPeer&, int) {});  // closes at once
  TcpOptions options;
  options.reconnect_backoff = Millis(40);
  options.reconnect_backoff_max = Millis(80);
  Tcp tcp({broker.at()}, options);
  const std::int64_t from_ns = SystemClock::instance().monotonic_ns();
  for (int i = 0; i < 4; ++i) {
    const auto failed = tcp.call(heartbeat());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::io_error);
  }
  // Pauses of 40, 80 and 80 ms lie between four tries, a fifth less at most.
  EXPECT_GE(SystemClock::instance().monotonic_ns() - from_ns, 160'000'000 - 1'000'000);
  EXPECT_EQ(broker.connections(), 4);
}

TEST(TcpTransport, rubbish_ends_the_connection_and_is_told) {
  const std::string huge("\x7f\xff\xff\xff", 4);
  const std::string negative("\xff\xff\xff\xff", 4);
  const std::string nobodys("\0\0\0\4\0\0\x7f\x7f", 8);
  for (const std::string& rubbish : {huge, negative, nobodys, std::string("\0\0\0\2zz", 6)}) {
    RawBroker broker([&](RawPeer& peer, int) {
      if (!peer.introduce()) return;
      (void)peer.receive();
      peer.send(rubbish);
      (void)peer.receive();  // until the client gives up
    });
    Tcp tcp({broker.at()});
    const auto failed = tcp.call(heartbeat());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::corrupt_message) << failed.error().to_string();
    EXPECT_NE(failed.error().detail.find(broker.at().to_string()), std::string::npos) << failed.error().to_string();
  }
}

TEST(TcpTransport, a_frame_larger_than_the_limit_is_not_taken) {
  RawBroker broker([](RawPeer& peer, int) { serve(peer); });
  TcpOptions options;
  options.max_frame_bytes = 300;  // less than what ApiVersions says
  Tcp tcp({broker.at()}, options);
  const auto failed = tcp.call(heartbeat());
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().detail.find("300"), std::string::npos) << failed.error().to_string();
}

TEST(TcpTransport, an_answer_that_is_none_of_the_request_is_corrupt_and_the_connection_goes_on) {
  RawBroker broker([](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto frame = peer.receive()) {
      std::string short_answer("\0\0\0\5", 4);
      Writer(short_answer).int32(frame->header.correlation_id);
      short_answer += '\0';
      peer.send(short_answer);
    }
  });
  Tcp tcp({broker.at()});
  for (int i = 0; i < 2; ++i) {
    const auto failed = tcp.call(heartbeat());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::corrupt_message);
    EXPECT_NE(failed.error().detail.find("the answer to Heartbeat"), std::string::npos) << failed.error().to_string();
  }
  EXPECT_EQ(broker.connections(), 1);
}

TEST(TcpTransport, brokers_that_do_not_know_our_introduction_are_asked_in_the_oldest_version) {
  std::vector<std::int16_t> asked;
  RawBroker broker([&](RawPeer& peer, int) {
    const auto first = peer.receive();
    if (!first) return;
    asked.push_back(first->header.request_api_version);
    wire::ApiVersionsResponse refused;
    refused.error_code = ErrorCode::unsupported_version;
    wire::RequestHeader header = first->header;
    header.request_api_version = 0;
    peer.answer(header, refused);
    const auto second = peer.receive();
    if (!second) return;
    asked.push_back(second->header.request_api_version);
    wire::ApiVersionsResponse response;
    response.api_keys.push_back({wire::ApiKey::heartbeat, 0, 1});
    peer.answer(second->header, response);
    while (const auto frame = peer.receive()) {
      asked.push_back(frame->header.request_api_version);
      peer.answer(frame->header, wire::HeartbeatResponse{});
    }
  });
  {
    Tcp tcp({broker.at()});
    ASSERT_TRUE(tcp.call(heartbeat()));
    const auto unknown = tcp.call(wire::JoinGroupRequest{});
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, ErrorCode::unsupported_version);
    EXPECT_EQ(unknown.error().detail, broker.at().to_string() + " does not answer JoinGroup");
  }
  EXPECT_EQ(asked, (std::vector<std::int16_t>{3, 0, 1}));
}

TEST(TcpTransport, nodes_are_found_where_answers_say_they_are) {
  RawBroker second([](RawPeer& peer, int) { serve(peer); });
  RawBroker third([](RawPeer& peer, int) { serve(peer); });
  RawBroker first([&](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto frame = peer.receive()) {
      if (frame->header.request_api_key == wire::ApiKey::metadata) {
        wire::MetadataResponse response;
        response.brokers.push_back({NodeId(2), second.at().host, second.at().port, std::nullopt});
        peer.answer(frame->header, response);
      } else {
        wire::FindCoordinatorResponse response;
        auto& found = response.coordinators.emplace_back();
        found.node_id = NodeId(3);
        found.host = third.at().host;
        found.port = third.at().port;
        peer.answer(frame->header, response);
      }
    }
  });
  Tcp tcp({first.at()});
  const auto unknown = tcp.call(heartbeat(), NodeId(2));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::io_error);
  wire::FindCoordinatorRequest find;
  find.coordinator_keys = {"g"};
  ASSERT_TRUE(tcp.call(std::move(find)));
  ASSERT_TRUE(tcp.call(heartbeat(), NodeId(3)));
  ASSERT_TRUE(tcp.call(wire::MetadataRequest{}));
  ASSERT_TRUE(tcp.call(heartbeat(), NodeId(2)));
  EXPECT_EQ(second.connections(), 1);
  EXPECT_EQ(third.connections(), 1);
}

TEST(TcpTransport, who_asks_a_node_after_the_way_to_it_broke_is_told_so_once) {
  std::atomic<bool> breaks = false;
  std::optional<HostPort> at;
  RawBroker broker([&](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto frame = peer.receive()) {
      if (frame->header.request_api_key == wire::ApiKey::metadata) {
        wire::MetadataResponse response;
        response.brokers.push_back({NodeId(1), at->host, at->port, std::nullopt});
        peer.answer(frame->header, response);
      } else {
        peer.answer(frame->header, wire::HeartbeatResponse{});
        if (breaks.exchange(false)) return;
      }
    }
  });
  at = broker.at();
  Tcp tcp({broker.at()});
  Loop other;
  const auto call = [&](Loop& caller) {
    return caller.run(tcp.start(heartbeat(), NodeId(1), caller));
  };
  ASSERT_TRUE(tcp.call(wire::MetadataRequest{}));
  ASSERT_TRUE(call(tcp.loop));
  ASSERT_TRUE(call(other));
  breaks = true;
  ASSERT_TRUE(call(other));
  // Until it is noticed; a request may be on its way then.
  for (auto told = call(tcp.loop); told; told = call(tcp.loop)) {
  }
  EXPECT_TRUE(call(tcp.loop));
  const auto told = call(other);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::io_error);
  EXPECT_TRUE(call(other));
}

TEST(TcpTransport, records_are_slices_of_the_frame_and_are_not_trusted) {
  RawBroker broker([](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto frame = peer.receive()) {
      wire::FetchResponse response;
      auto& part = response.responses.emplace_back().partitions.emplace_back();
      part.records = Records{{SharedBytes::take(std::string(2'000'000, 'r'))}, Trust::sealed_here};
      peer.answer(frame->header, response);
    }
  });
  Tcp tcp({broker.at()});
  const auto answer = tcp.call(wire::FetchRequest{});
  ASSERT_TRUE(answer) << answer.error().to_string();
  const auto& records = *answer->responses.at(0).partitions.at(0).records;
  EXPECT_EQ(records.size_bytes(), 2'000'000u);
  EXPECT_EQ(records.trust, Trust::foreign);
}

TEST(TcpTransport, nobody_waits_for_an_answer_that_is_not_wanted) {
  std::atomic<int> received = 0;
  RawBroker broker([&](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (peer.receive()) ++received;
  });
  Tcp tcp({broker.at()});
  for (int i = 0; i < 3; ++i) {
    wire::ProduceRequest produce;
    produce.acks = 0;
    ASSERT_TRUE(tcp.call(std::move(produce)));
  }
  while (received < 3) std::this_thread::yield();
  EXPECT_EQ(broker.connections(), 1);
}

TEST(TcpTransport, only_so_many_requests_of_a_connection_are_sent_and_not_answered) {
  std::atomic<int> received = 0;
  std::atomic<bool> had_more = false;
  RawBroker broker([&](RawPeer& peer, int) {
    if (!peer.introduce()) return;
    for (;;) {
      const auto first = peer.receive();
      const auto second = first ? peer.receive() : std::nullopt;
      if (!second) return;
      received += 2;
      for (int i = 0; i < 1'000; ++i) std::this_thread::yield();
      had_more = had_more || peer.has_more();
      for (const auto& one : {*first, *second}) peer.answer(one.header, wire::HeartbeatResponse{});
    }
  });
  TcpOptions options;
  options.max_in_flight = 2;
  Tcp tcp({broker.at()}, options);
  std::vector<Task<Result<wire::HeartbeatResponse>>> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(tcp.start(heartbeat(i)));
    (void)calls.back().start();
  }
  for (auto& call : calls) {
    while (!call.done()) (void)tcp.loop.resume_ready();
    EXPECT_TRUE(call.take());
  }
  EXPECT_EQ(received, 10);
  EXPECT_FALSE(had_more);
  EXPECT_EQ(broker.connections(), 1);
}

}  // namespace
}  // namespace tcp_transport_test
}  // namespace weir::log::net
