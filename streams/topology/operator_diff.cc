#include "streams/topology/operator_diff.h"

#include <set>

#include <fmt/format.h>

namespace weir::streams {

namespace {

using DescribedNode = TopologyDescription::Node;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : std::set<std::string>(names.begin(), names.end())) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string topics_read(const DescribedNode& node) {
  return node.reads ? to_string(*node.reads) : std::string();
}

std::string policy_of(const DescribedNode& node) {
  return node.on_error ? to_text(*node.on_error) : "that of the application";
}

std::set<std::string> dead_letters_of(const DescribedNode& node) {
  std::set<std::string> topics;
  for (const PolicyStep& step : node.on_error.value_or(std::vector<PolicyStep>())) {
    if (step.topic) topics.insert(*step.topic);
  }
  return topics;
}

std::string to_text(const std::optional<AsyncSpec>& async) {
  if (!async) return {};
  auto text = fmt::format("{} in flight, {}, {} ms", async->max_in_flight, async->order, async->timeout_ms);
  if (async->threads) text += fmt::format(", {} threads", *async->threads);
  return text;
}

std::string options_of(const PatternOutline& pattern) {
  auto text = fmt::format("grace {} ms, at most {} partial matches a key, then {}", pattern.grace_ms,
                          pattern.max_partial_matches, pattern.drops_oldest ? "the oldest go" : "an error");
  if (pattern.idle_timeout_ms) text += fmt::format(", idle after {} ms", *pattern.idle_timeout_ms);
  return text;
}

std::string errors_changed(const DescribedNode& from, const DescribedNode& to) {
  std::string text = "errors: " + was_and_is(policy_of(from), policy_of(to)) + ": counts from now on";
  const auto before = dead_letters_of(from);
  for (const std::string& topic : dead_letters_of(to)) {
    if (!before.contains(topic)) text += "; topic " + topic + " must be there";
  }
  return text;
}

std::string begins_changed(const DescribedNode& to) {
  return std::string("begins at the ") + (to.starts_at_end ? "end" : "beginning") +
         " of partitions of which no position is committed";
}

std::string partitioner_changed(const DescribedNode& to) {
  return std::string("partitions are chosen by ") + (to.has_partitioner ? "a callable" : "the keys' hashes") +
         " from now on: records of a key that are there already may be in others";
}

}  // namespace

std::string was_and_is(const std::string& from, const std::string& to) {
  auto shown = [](const std::string& text) {
    return text.empty() ? std::string("nothing") : text;
  };
  return "was " + shown(from) + ", is " + shown(to);
}

std::vector<std::string> operator_changes(const DescribedNode& from, const DescribedNode& to) {
  std::vector<std::string> changes;
  auto compare = [&](const std::string& what, const std::string& before, const std::string& after) {
    if (before != after) changes.push_back(what + was_and_is(before, after));
  };
  compare("", from.kind, to.kind);
  compare("reads: ", topics_read(from), topics_read(to));
  if (from.starts_at_end != to.starts_at_end) changes.push_back(begins_changed(to));
  compare("writes: ", from.writes.value_or(""), to.writes.value_or(""));
  if (from.has_partitioner != to.has_partitioner) changes.push_back(partitioner_changed(to));
  compare("stands below: ", listed(from.parents), listed(to.parents));
  compare("stores: ", listed(from.stores), listed(to.stores));
  compare("async: ", to_text(from.async), to_text(to.async));
  if (from.pattern && to.pattern) compare("pattern: ", options_of(*from.pattern), options_of(*to.pattern));
  if (from.on_error != to.on_error) changes.push_back(errors_changed(from, to));
  return changes;
}

}  // namespace weir::streams
