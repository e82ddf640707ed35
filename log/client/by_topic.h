// Requests and answers name partitions grouped by topic: what finds a topic's group, or a partition's answer, in a time
// that does not grow with how many there are.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "log/model/ids.h"

namespace weir::log {

// Where a partition stands in a request; brokers answer in the request's order.
struct RequestPlace {
  std::size_t topic = 0;
  std::size_t partition = 0;
};

// The entries of a request, one a topic, found or begun by name.
template <class Entry>
class ByTopic {
 public:
  ByTopic(std::vector<Entry>& entries, std::string Entry::*name) : entries_(entries), name_(name) {}

  // Valid until the next topic is begun.
  Entry& operator[](const std::string& topic) { return entries_[index_of(topic)]; }

  std::size_t index_of(const std::string& topic) {
    // Callers mostly come in runs of one topic.
    if (!entries_.empty() && entries_.back().*name_ == topic) return entries_.size() - 1;
    auto [place, is_new] = places_.try_emplace(topic, entries_.size());
    if (is_new) entries_.emplace_back().*name_ = topic;
    return place->second;
  }

 private:
  std::vector<Entry>& entries_;
  std::string Entry::*const name_;
  std::unordered_map<std::string, std::size_t> places_;
};

// The answer that stands where the request asked for it, or wherever else it is; null: there is none. `is_it(topic)`
// and `is_its(answer)` say whether one is it; `answers` is the topic's list of them.
template <class Topics, class Answers, class IsIt, class IsIts>
auto* answer_at(Topics& topics, Answers answers, RequestPlace place, IsIt is_it, IsIts is_its) {
  using Answer = std::remove_reference_t<decltype((topics.front().*answers).front())>;
  if (place.topic < topics.size() && is_it(topics[place.topic])) {
    auto& of_topic = topics[place.topic].*answers;
    if (place.partition < of_topic.size() && is_its(of_topic[place.partition])) return &of_topic[place.partition];
  }
  for (auto& topic : topics) {
    if (!is_it(topic)) continue;
    for (auto& answer : topic.*answers) {
      if (is_its(answer)) return &answer;
    }
  }
  return static_cast<Answer*>(nullptr);
}

}  // namespace weir::log
