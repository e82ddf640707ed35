#include "streams/runtime/sharing/digests.h"

namespace weir::streams {

Digest& Digest::add(std::string_view text) {
  auto take = [this](unsigned char byte) {
    value_ = (value_ ^ byte) * 0x100000001b3;
  };
  for (const char c : text) take(static_cast<unsigned char>(c));
  for (std::uint64_t size = text.size(), i = 0; i < 8; ++i) take(static_cast<unsigned char>(size >> (8 * i)));
  return *this;
}

namespace {

void add_source(Digest& digest, const SourceSpec& source) {
  digest.add("source").add(static_cast<std::int64_t>(source.owner));
  for (const std::string& topic : source.topics) digest.add(topic);
  if (source.pattern) digest.add("pattern").add(source.pattern->text());
}

void add_store(Digest& digest, const StoreSpec& store) {
  digest.add("store").add(store.name).add(static_cast<std::int64_t>(store.kind)).add(store.has_changelog ? 1 : 0);
  digest.add(store.source ? 1 : 0);
}

}  // namespace

std::uint64_t shape_of(const Topology& topology) {
  Digest digest;
  for (const Stage& stage : topology.stages()) {
    digest.add("stage");
    for (NodeIndex node : stage.nodes) {
      const NodeSpec& spec = topology.node(node);
      if (spec.source) add_source(digest, *spec.source);
      if (spec.sink && spec.sink->owner != TopicOwner::user) digest.add("sink").add(spec.sink->topic);
    }
    for (const std::string& store : stage.stores) add_store(digest, topology.stores().at(store));
  }
  return digest.value();
}

std::uint64_t digest_of(const Plan& plan) {
  Digest digest;
  digest.add(static_cast<std::int64_t>(shape_of(*plan.topology)));
  for (const auto& [source, topics] : plan.topics_of_sources) {
    digest.add("source");
    for (const std::string& topic : topics) digest.add(topic).add(plan.partitions.at(topic));
  }
  for (const auto& [topic, id] : plan.topic_ids) {
    if (plan.partitions.contains(topic)) digest.add(topic).add(id.to_string());
  }
  for (const std::int32_t tasks : plan.tasks_of_stage) digest.add(tasks);
  return digest.value();
}

}  // namespace weir::streams
