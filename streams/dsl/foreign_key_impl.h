// The bodies of Table's foreign-key joins:
//
//   left table -> subscribe -> [subscriptions] -> subscriptions, kept -> [answers] -> answer -> joined
//                        \                        /                               /
//                         \       right table -> change                          /
//                          `---- joined with null, where it refers to none -----'
#pragma once

#include "streams/dsl/foreign_key_nodes.h"
#include "streams/dsl/stateless_nodes.h"
#include "streams/dsl/suppress_nodes.h"
#include "streams/dsl/table.h"

namespace weir::streams {

// A topic of messages about rows with the key K, which go where the row's table has it.
template <class K, class Message>
Graph::Repartition between_tables(const std::string& name, const KeyPartitioner<K>& partitioner) {
  Graph::Repartition topic{name, std::nullopt, key_ops<K>(), &type_ops<Message>(), false};
  if (!partitioner.choose()) return topic;
  topic.make_sink = [choose = partitioner.choose()](const std::string& name_of_topic, const SinkTypes& types) {
    return make_sink<K, Message>(
        name_of_topic, TopicOwner::application, types,
        [choose](const K& key, const Message&, std::int32_t partitions) { return choose(key, partitions); });
  };
  return topic;
}

template <class K, class V, Deletes kDeletes>
template <JoinKind kKind, class KR, class R, class Extract, class F>
auto Table<K, V, kDeletes>::joined_by_foreign_key(const Table<KR, R>& right, Extract extract, F joiner,
                                                  const ForeignKeyOptions<K, KR>& options) const {
  using Right = std::conditional_t<kKind == JoinKind::inner, const R&, const R*>;
  static_assert(
      call::Takes<Extract, K, V>,
      "Weir: a foreign-key join needs a callable over (key, value) or (value) that gives the other table's key");
  static_assert(std::same_as<owned_t<plain_t<call::Result<Extract, K, V>>>, KR>,
                "Weir: a foreign-key join needs a callable that gives a key of the other table's type");
  static_assert(call::Takes<F, K, V, Right>,
                "Weir: a foreign-key join needs a joiner over (left, right) or (key, left, right); in a left join "
                "`right` is a pointer that may be null");
  if (graph_ != right.graph_) throw TopologyError("foreign-key join: the tables come from different builders");
  // Which row it referred to before, and for filters above the right table as in Kafka Streams.
  graph_->want_old_values(node_, Graph::Keep::always);
  graph_->want_old_values(right.node_, Graph::Keep::always);
  auto named = [&](const char* what) {
    return options.store.empty() ? std::string() : options.store + what;
  };

  StoreSpec spec;  // of hashes by key
  spec.key = key_ops<K>();
  spec.value = &type_ops<std::uint64_t>();
  spec.in_memory = options.in_memory;
  std::string deletions;
  std::vector<std::string> left_stores;
  if (kKind == JoinKind::inner) {
    deletions = graph_->add_store(named("-deletions"), node_, "deletions", spec);
    left_stores.push_back(deletions);
  }

  const NodeIndex subscribe = graph_->add_node("", "subscribe", {node_},
                                               [extract, deletions] {
                                                 return std::make_unique<ForeignKeySubscribeWith<K, V, KR, R, Extract>>(
                                                     extract, deletions, kKind);
                                               },
                                               left_stores, {.on_error = options.on_error});
  const NodeIndex asked = graph_->add_repartition(
      subscribe, between_tables<KR, SubscriptionMessage<K>>(named("-subscriptions"), options.right_partition));

  const std::string store = graph_->add_store(named("-subscriptions"), asked, "subscriptions", spec);
  const NodeIndex subscriptions = graph_->add_node(
      "", "kept", {asked}, [store] { return std::make_unique<ForeignKeySubscriptionOf<K, R>>(store, key_ops<KR>()); },
      {store});
  graph_->look_up(subscriptions, right.node_);
  const NodeIndex changes = graph_->add_node(
      "", "tell", {right.node_},
      [store] { return std::make_unique<ForeignKeyChangeOf<R>>(store, key_ops<KR>(), key_ops<K>()); }, {store});
  const NodeIndex answers =
      graph_->add_node("", "answers", {subscriptions, changes}, [] { return std::make_unique<PassNode>(); });
  const NodeIndex answered =
      graph_->add_repartition(answers, between_tables<K, AnswerMessage<R>>(named("-answers"), options.left_partition));

  const NodeIndex answer = graph_->add_node(
      "", "answer", {answered, subscribe},
      [joiner, deletions] { return std::make_unique<ForeignKeyAnswerWith<K, V, R, kKind, F>>(joiner, deletions); },
      left_stores, {.on_error = options.on_error});
  graph_->look_up(answer, node_);
  using Joined = plain_t<call::Result<F, K, V, Right>>;
  return Table<K, Joined>::from(graph_, answer, "joined",
                                {.store = options.store,
                                 .in_memory = options.in_memory,
                                 .without_changelog = options.without_changelog,
                                 .history = options.history,
                                 .on_error = options.on_error});
}

template <class K, class V, Deletes kDeletes>
template <class KR, class R, Deletes kOther, class Extract, class F>
requires(!std::same_as<F, StoreOptions>) auto Table<K, V, kDeletes>::join(
    const Table<KR, R, kOther>& right, Extract extract, F joiner, const ForeignKeyOptions<K, KR>& options) const {
  return joined_by_foreign_key<JoinKind::inner>(Table<KR, R>(right), std::move(extract), std::move(joiner), options);
}

template <class K, class V, Deletes kDeletes>
template <class KR, class R, Deletes kOther, class Extract, class F>
requires(!std::same_as<F, StoreOptions>) auto Table<K, V, kDeletes>::left_join(
    const Table<KR, R, kOther>& right, Extract extract, F joiner, const ForeignKeyOptions<K, KR>& options) const {
  return joined_by_foreign_key<JoinKind::left>(Table<KR, R>(right), std::move(extract), std::move(joiner), options);
}

}  // namespace weir::streams
