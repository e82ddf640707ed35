// The nodes that hold a callable of a stream without state: nothing but the cast and the call.
#pragma once

#include <functional>
#include <iterator>
#include <tuple>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/partitioner.h"
#include "streams/operators/dynamic_sink_node.h"

namespace weir::streams {

template <class K, class V, class F, bool kExpected>
class FilterNode final : public Node {
 public:
  explicit FilterNode(F predicate) : predicate_(std::move(predicate)) {}
  void process(const Record& record) override {
    bool passes = call::guarded(*this, [&] { return bool(call::with_record<K, V>(predicate_, record)); });
    if (passes == kExpected) forward(record);
  }

 private:
  F predicate_;
};

template <class K, class V, class F>
class MapNode final : public Node {
 public:
  explicit MapNode(F mapper) : mapper_(std::move(mapper)) {}
  void process(const Record& record) override {
    auto pair = call::guarded(*this, [&] { return call::with_record<K, V>(mapper_, record); });
    forward(record.with_key(call::erased(pair.first)).with_value(call::erased(pair.second)));
  }

 private:
  F mapper_;
};

template <class K, class V, class F>
class MapValuesNode final : public Node {
 public:
  explicit MapValuesNode(F mapper) : mapper_(std::move(mapper)) {}
  void process(const Record& record) override {
    auto value = call::guarded(*this, [&] { return call::with_record<K, V>(mapper_, record); });
    forward(record.with_value(call::erased(value)));
  }

 private:
  F mapper_;
};

template <class K, class V, class F>
class SelectKeyNode final : public Node {
 public:
  explicit SelectKeyNode(F selector) : selector_(std::move(selector)) {}
  void process(const Record& record) override {
    auto key = call::guarded(*this, [&] { return call::with_record<K, V>(selector_, record); });
    forward(record.with_key(call::erased(key)));
  }

 private:
  F selector_;
};

template <class K, class V, class F>
class FlatMapNode final : public Node {
 public:
  explicit FlatMapNode(F mapper) : mapper_(std::move(mapper)) {}
  void process(const Record& record) override {
    auto&& pairs = call::guarded(*this, [&]() -> decltype(auto) { return call::with_record<K, V>(mapper_, record); });
    for (auto&& pair : pairs) {
      const auto& [key, value] = pair;
      forward(record.with_key(call::erased(key)).with_value(call::erased(value)));
    }
  }

 private:
  F mapper_;
};

template <class K, class V, class V2, class F>
class FlatMapValuesNode final : public Node {
 public:
  explicit FlatMapValuesNode(F mapper) : mapper_(std::move(mapper)) {}
  void process(const Record& record) override {
    auto&& values = call::guarded(*this, [&]() -> decltype(auto) { return call::with_record<K, V>(mapper_, record); });
    auto at = call::guarded(*this, [&] { return std::begin(values); });
    auto end = std::end(values);
    while (at != end) {
      const V2& value = *at;
      forward(record.with_value(call::erased(value)));
      call::guarded(*this, [&] { ++at; });  // a lazy range computes here
    }
  }

 private:
  F mapper_;
};

// Takes values one by one from a callable: `emit(value)` sends it on at once, so that nothing needs to be collected.
template <class V2>
class Emitter {
 public:
  using Send = void (*)(void* node, const void* record, const void* value);
  Emitter(void* node, const void* record, Send send) : node_(node), record_(record), send_(send) {}
  void operator()(const V2& value) const { send_(node_, record_, call::erased(value)); }

 private:
  void* node_;
  const void* record_;
  Send send_;
};

template <class K, class V, class V2, class F>
class EmitValuesNode final : public Node {
 public:
  explicit EmitValuesNode(F mapper) : mapper_(std::move(mapper)) {}
  void process(const Record& record) override {
    Emitter<V2> emit(this, &record, [](void* node, const void* from, const void* value) {
      static_cast<EmitValuesNode*>(node)->forward(static_cast<const Record*>(from)->with_value(value));
    });
    call::guarded(*this, [&] { call::with_record<K, V>(mapper_, record, emit); });
  }

 private:
  F mapper_;
};

// Peek and for_each: the record goes on as it came (for_each has no children).
template <class K, class V, class F>
class PeekNode final : public Node {
 public:
  explicit PeekNode(F action) : action_(std::move(action)) {}
  void process(const Record& record) override {
    call::guarded(*this, [&] { call::with_record<K, V>(action_, record); });
    forward(record);
  }

 private:
  F action_;
};

template <class K, class V>
class PartitionedSinkWith final : public PartitionedSinkNode {
 public:
  using Choose = ChoosePartitions<call::Second<K>, call::Second<V>>;

  PartitionedSinkWith(std::string topic, TopicOwner owner, SinkTypes types, Choose choose)
      : PartitionedSinkNode(std::move(topic), owner, types), choose_(std::move(choose)) {}

 private:
  Partitions partitions_of(const Record& record, std::int32_t partitions) override {
    return call::guarded(*this, [&] {
      return choose_(call::Argument<K>::second(record.key), call::Argument<V>::second(record.value), partitions);
    });
  }

  Choose choose_;
};

// A sink whose partitions are chosen, if something is given that chooses.
template <class K, class V>
std::unique_ptr<SinkNode> make_sink(const std::string& topic, TopicOwner owner, const SinkTypes& types,
                                    const ChoosePartitions<call::Second<K>, call::Second<V>>& choose) {
  if (choose) return std::make_unique<PartitionedSinkWith<K, V>>(topic, owner, types, choose);
  return std::make_unique<SinkNode>(topic, owner, types);
}

template <class K, class V, class F>
class TopicChoiceNode final : public DynamicSinkNode {
 public:
  using Choose = ChoosePartitions<call::Second<K>, call::Second<V>>;

  TopicChoiceNode(F topic_of, SinkTypes types, Choose choose)
      : topic_of_(std::move(topic_of)), types_(types), choose_(std::move(choose)) {}

 private:
  std::string topic_of(const Record& record) override {
    return call::guarded(*this, [&] { return std::string(call::with_record<K, V>(topic_of_, record)); });
  }
  std::unique_ptr<SinkNode> sink_of(const std::string& topic) override {
    return make_sink<K, V>(topic, TopicOwner::user, types_, choose_);
  }

  F topic_of_;
  const SinkTypes types_;
  const Choose choose_;
};

// A record goes to the first branch whose predicate holds, else to the last branch. The children are one PassNode a
// branch, in order.
template <class K, class V, class... Predicates>
class SplitNode final : public Node {
 public:
  explicit SplitNode(std::tuple<Predicates...> predicates) : predicates_(std::move(predicates)) {}
  void process(const Record& record) override {
    std::size_t branch = call::guarded(*this, [&] { return choose(record, std::index_sequence_for<Predicates...>{}); });
    forward_to(branch, record);
  }

 private:
  template <std::size_t... I>
  std::size_t choose(const Record& record, std::index_sequence<I...>) {
    std::size_t chosen = sizeof...(I);
    (void)((bool(call::with_record<K, V>(std::get<I>(predicates_), record)) && ((chosen = I), true)) || ...);
    return chosen;
  }

  std::tuple<Predicates...> predicates_;
};

}  // namespace weir::streams
