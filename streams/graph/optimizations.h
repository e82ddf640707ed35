// Optimizations: topics that a topology can do without (KIP-295). Results are the same with and without; which topics
// there are is not, so that switching one on or off for an application that has data is a change of its topology: `weir
// streams diff` says what it means. None is on by default, as in Kafka Streams.
#pragma once

namespace weir::streams {

struct Optimizations {
  // A table that is read from a topic and keeps its rows has no changelog: the topic itself, which must be compacted,
  // is read again up to the committed position. Not where a record's time is taken from its value, not for versioned
  // tables, and not where something below asks what a row was before a change: compaction may have taken that away.
  bool source_topics_as_changelogs = false;
  // What is grouped or joined by the same changed key, below one operator, shares one repartition topic, which is
  // called as that operator: straight below it, or below operators in between that only leave records out or look at
  // them, which then stand below the topic (graph_repartitions.cc has the conditions). A grouping that was given a name
  // keeps a topic of its own.
  bool shared_repartitions = false;
};

inline constexpr Optimizations no_optimizations{};
inline constexpr Optimizations all_optimizations{.source_topics_as_changelogs = true, .shared_repartitions = true};

}  // namespace weir::streams
