// ScriptedTransport: brokers that answer as a test says. Every API has a usual answer (one topic "t" with partitions
// led by node 1, coordinators on node 1, everything succeeds), and a test puts others in front of it, each used once.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/base/waiter.h"
#include "log/client/client.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/produce.h"
#include "log/wire/messages/txn_offset_commit.h"
#include "log/wire/transport.h"

namespace weir::log {

inline TopicPartition partition_of(std::string topic, std::int32_t partition = 0) {
  return {std::move(topic), PartitionIndex(partition)};
}

// Whether an answer is there when the call returns, as mostly in one process, or comes by the caller's loop.
enum class Answers { at_once, by_the_loop };

class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(std::int32_t partitions = 4) : leaders(static_cast<std::size_t>(partitions), NodeId(1)) {
    usually<wire::MetadataRequest>([this](wire::MetadataRequest& request) { return metadata(request); });
    usually<wire::FindCoordinatorRequest>([this](wire::FindCoordinatorRequest& request) {
      wire::FindCoordinatorResponse response;
      for (const auto& key : request.coordinator_keys)
        response.coordinators.push_back({key, coordinator, "", 0, {}, {}});
      return response;
    });
    usually<wire::InitProducerIdRequest>([this](wire::InitProducerIdRequest&) {
      return wire::InitProducerIdResponse{0, ErrorCode::none, ProducerId(7), ++epoch, {}};
    });
    usually<wire::ProduceRequest>([](wire::ProduceRequest& request) { return produced(request, ErrorCode::none); });
    usually<wire::AddPartitionsToTxnRequest>(
        [](wire::AddPartitionsToTxnRequest& request) { return added(request, ErrorCode::none); });
    usually<wire::AddOffsetsToTxnRequest>(
        [](wire::AddOffsetsToTxnRequest&) { return wire::AddOffsetsToTxnResponse{}; });
    usually<wire::TxnOffsetCommitRequest>(
        [](wire::TxnOffsetCommitRequest&) { return wire::TxnOffsetCommitResponse{}; });
    usually<wire::EndTxnRequest>([](wire::EndTxnRequest&) { return wire::EndTxnResponse{}; });
  }

  // What happened, for a test to look at.
  struct Call {
    NodeId node;
    wire::ApiKey api;
  };
  std::vector<Call> calls;
  std::vector<wire::ProduceRequest> produce_requests;
  std::vector<wire::EndTxnRequest> end_requests;
  std::vector<wire::InitProducerIdRequest> init_requests;
  std::vector<wire::AddPartitionsToTxnRequest> add_requests;

  Answers answers = Answers::at_once;
  bool is_far = false;
  bool takes_time() const override { return is_far; }
  // How often the caller's loop is turned until an answer comes by it.
  std::function<int()> turns = [] {
    return 1;
  };

  // What the usual answers say.
  std::vector<NodeId> leaders;
  LeaderEpoch leader_epoch{5};
  NodeId coordinator{1};
  ProducerEpoch epoch{-1};
  std::size_t count(wire::ApiKey api) const {
    std::size_t found = 0;
    for (const auto& call : calls) found += call.api == api ? 1 : 0;
    return found;
  }

  template <class Request>
  using Answer = std::function<Result<typename Request::Response>(Request&)>;

  template <class Request>
  void usually(Answer<Request> answer) {
    usual_[Request::kApiKey] = erased<Request>(std::move(answer));
  }
  template <class Request>
  void once(Answer<Request> answer) {
    once_[Request::kApiKey].push_back(erased<Request>(std::move(answer)));
  }
  template <class Request>
  void fail_once(ErrorCode code) {  // without a response
    once<Request>([code](Request&) { return fail(code, "scripted"); });
  }

  // Calls of `api` wait from now on until they are let go, one at a time or all.
  void hold(wire::ApiKey api) { held_ = api; }
  std::size_t waiting() const { return waiting_.size(); }
  void let_one_go() {
    auto waiter = waiting_.front();
    waiting_.pop_front();
    waiter->wake();
  }
  void let_all_go() {
    held_.reset();
    while (!waiting_.empty()) let_one_go();
  }

  static wire::ProduceResponse produced(const wire::ProduceRequest& request, ErrorCode code) {
    wire::ProduceResponse response;
    for (const auto& topic : request.topic_data) {
      auto& answers = response.responses.emplace_back();
      answers.name = topic.name;
      for (const auto& partition : topic.partition_data) {
        auto& answer = answers.partition_responses.emplace_back();
        answer.index = partition.index;
        answer.error_code = code;
      }
    }
    return response;
  }
  static Answer<wire::ProduceRequest> produce_error(ErrorCode code) {
    return [code](wire::ProduceRequest& request) {
      return produced(request, code);
    };
  }
  static wire::AddPartitionsToTxnResponse added(const wire::AddPartitionsToTxnRequest& request, ErrorCode code) {
    wire::AddPartitionsToTxnResponse response;
    for (const auto& topic : request.v3_and_below_topics) {
      auto& answers = response.results_by_topic_v3_and_below.emplace_back();
      answers.name = topic.name;
      for (auto partition : topic.partitions) answers.results_by_partition.push_back({partition, code, {}});
    }
    return response;
  }

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                             Executor& executor) override {
    calls.push_back({node, api});
    remember(api, request);
    if (held_ == api) {
      auto waiter = std::make_shared<Waiter>(executor);
      waiting_.push_back(waiter);
      co_await *waiter;
    } else if (answers == Answers::by_the_loop) {
      for (int left = turns(); left > 0; --left) co_await ByTheLoop{executor};
    }
    auto& front = once_[api];
    Erased answer = usual_[api];
    if (!front.empty()) {
      answer = std::move(front.front());
      front.pop_front();
    }
    if (!answer) co_return fail(ErrorCode::unsupported_version, "no answer for api " + std::to_string(int(api)));
    co_return answer(request, response);
  }

 private:
  struct ByTheLoop {
    Executor& executor;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const { executor.post(waiting); }
    void await_resume() const {}
  };
  using Erased = std::function<Result<>(void*, void*)>;

  template <class Request>
  static Erased erased(Answer<Request> answer) {
    return [answer = std::move(answer)](void* request, void* response) -> Result<> {
      WEIR_TRY_VAR(answered, answer(*static_cast<Request*>(request)));
      *static_cast<typename Request::Response*>(response) = std::move(answered);
      return {};
    };
  }

  void remember(wire::ApiKey api, const void* request) {
    if (api == wire::ApiKey::produce) produce_requests.push_back(*static_cast<const wire::ProduceRequest*>(request));
    if (api == wire::ApiKey::end_txn) end_requests.push_back(*static_cast<const wire::EndTxnRequest*>(request));
    if (api == wire::ApiKey::init_producer_id) {
      init_requests.push_back(*static_cast<const wire::InitProducerIdRequest*>(request));
    }
    if (api == wire::ApiKey::add_partitions_to_txn) {
      add_requests.push_back(*static_cast<const wire::AddPartitionsToTxnRequest*>(request));
    }
  }

  wire::MetadataResponse metadata(const wire::MetadataRequest& request) const {
    wire::MetadataResponse response;
    for (const auto& wanted : *request.topics) {
      auto& topic = response.topics.emplace_back();
      topic.name = wanted.name;
      if (wanted.name != "t") {
        topic.error_code = ErrorCode::unknown_topic_or_partition;
        continue;
      }
      topic.topic_id.bytes[0] = 1;
      for (std::size_t i = 0; i < leaders.size(); ++i) {
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = PartitionIndex(static_cast<std::int32_t>(i));
        partition.leader_id = leaders[i];
        partition.leader_epoch = leader_epoch;
      }
    }
    return response;
  }

  std::map<wire::ApiKey, Erased> usual_;
  std::map<wire::ApiKey, std::deque<Erased>> once_;
  std::optional<wire::ApiKey> held_;
  std::deque<std::shared_ptr<Waiter>> waiting_;
};

// A client over scripted brokers, whose pauses take no time.
class ScriptedTest : public testing::TestWithParam<Answers> {
 protected:
  explicit ScriptedTest(std::int32_t partitions = 4)
      : brokers(std::make_shared<ScriptedTransport>(partitions)), client(brokers, clock) {
    brokers->answers = GetParam();
  }

  static BatchHeader header_in(const wire::ProduceRequest& request, std::size_t partition = 0) {
    const auto& records = request.topic_data.at(0).partition_data.at(partition).records;
    return BatchHeader::parse(records->parts.at(0).view()).value();
  }
  static Result<> put(Producer& producer, std::int32_t partition, const std::string& value) {
    WEIR_TRY_VAR(lane, producer.lane(partition_of("t", partition)));
    return producer.send(*lane, 0, "k", value);
  }

  ManualClock clock;
  std::shared_ptr<ScriptedTransport> brokers;
  Client client;
};

inline auto both_ways() {
  return testing::Values(Answers::at_once, Answers::by_the_loop);
}
inline std::string name_of_way(const testing::TestParamInfo<Answers>& info) {
  return info.param == Answers::at_once ? "at_once" : "by_the_loop";
}

}  // namespace weir::log
