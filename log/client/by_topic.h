// topic_entry: requests name partitions grouped by topic; this finds, or starts, a topic's group in such a list.
#pragma once

#include <string>
#include <vector>

namespace weir::log {

// Callers mostly come in runs of one topic, so the last entry is looked at first.
template <class Entry>
Entry& topic_entry(std::vector<Entry>& entries, std::string Entry::*name, const std::string& topic) {
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if ((*entry).*name == topic) return *entry;
  }
  Entry& added = entries.emplace_back();
  added.*name = topic;
  return added;
}

}  // namespace weir::log
