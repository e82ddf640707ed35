// Compat: what an operator does where Kafka Streams 3.9 departs from its own documented rule, in two families of cases
// that a program could have come to depend on. docs/coming-from-kafka-streams.md lists all families.
#pragma once

namespace weir::streams {

enum class Compat {
  documented,
  // Joins of streams take late records, and let go those without a partner, as Kafka Streams 3.9 does
  // (kafka_join_timing.h). The first update of a row of count, aggregate or cogroup has the initial value as its old
  // value, which a grouping of the table then subtracts.
  kafka,
};

}  // namespace weir::streams
