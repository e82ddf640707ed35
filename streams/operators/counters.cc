#include "streams/operators/counters.h"

#include <algorithm>
#include <array>

namespace weir::streams {

namespace {

constexpr CounterRow row(Counter Counters::*counter, std::uint64_t Statistics::*total, MetricRow metric,
                         std::string_view loss = {}) {
  return {counter, total, metric, loss};
}
constexpr CounterRow records(Counter Counters::*counter, std::uint64_t Statistics::*total, std::string_view name,
                             std::string_view help, std::string_view loss = {}) {
  return row(counter, total, {name, "records", help}, loss);
}

using C = Counters;
using S = Statistics;

constexpr std::array kCounterRows{
    records(&C::processed, &S::processed, "processed", "taken from the topics of all stages"),
    records(&C::sent, &S::sent, "sent", "written to topics, dead letters too, changelogs not"),
    records(&C::matched, &S::matched, "matched",
            "that found a row where they are joined with a table, a global one and by a foreign key too"),
    records(&C::unmatched, &S::unmatched, "unmatched", "that found none"),
    records(&C::paired, &S::paired, "paired",
            "of streams that are joined with each other: that met one of the other side as they came"),
    records(&C::unpaired, &S::unpaired, "unpaired", "that met none"),
    row(&C::in_time, &S::in_time, {"in_time", "updates", "that were in time for their windows"}),
    records(&C::dropped_null_key, &S::dropped_null_key, "dropped_null_key",
            "without a key, where an operator needs one", "records without a key were dropped"),
    records(&C::dropped_null_value, &S::dropped_null_value, "dropped_null_value",
            "without a value, where the type knows no null", "records without a value were dropped"),
    row(&C::dropped_late, &S::dropped_late, {"dropped_late", "updates", "that came after their window was over"},
        "updates came too late for their windows"),
    records(&C::dropped_no_partition, &S::dropped_no_partition, "dropped_no_partition",
            "that a `.partition` gave to none", "records were given to no partition and dropped"),
    records(&C::skipped_undecodable, &S::skipped_undecodable, "skipped_undecodable",
            "whose bytes are not of the source's types, under the policy `skip`",
            "records could not be decoded and were skipped"),
    records(&C::skipped_timestamp, &S::skipped_timestamp, "skipped_timestamp", "with a negative time",
            "records with a negative time were skipped"),
    records(&C::skipped_errors, &S::skipped_errors, "skipped_errors",
            "that an operator could not deal with, under the policy `skip`",
            "records were skipped because an operator could not deal with them"),
    row(&C::retried, &S::retried, {"retried", "attempts", "of operators that were made again at once"}),
    records(&C::retried_later, &S::retried_later, "retried_later", "that were put off, to be tried again",
            "records were put off, to be tried again later"),
    records(&C::dead_lettered, &S::dead_lettered, "dead_lettered", "that became dead letters",
            "records became dead letters"),
    row(&C::missing_input, &S::missing_input,
        {"missing_input", "offsets", "of inputs that were out of range, where `on_missing_input` goes on"},
        "offsets of inputs were missing and passed over"),
    records(&C::refused_rules, &S::refused_rules, "refused_rules", "of topics of rules that are none, of each thread",
            "records of topics of rules are none and were left out"),
    records(&C::restored, &S::restored, "restored", "read into stores from their changelogs, and into global ones"),
    row(&C::rebalances, &S::rebalances, {"rebalances", "rebalances", "after which it was told which tasks it runs"}),
};

struct PatternMetricRow {
  Counter PatternCounters::*counter;
  std::uint64_t PatternStatistics::*total;
  MetricRow metric;
};
using P = PatternCounters;
using T = PatternStatistics;

constexpr std::array kPatternRows{
    PatternMetricRow{
        &P::partial_matches, &T::partial_matches, {"pattern_partial", "matches", "that are open", MetricKind::gauge}},
    PatternMetricRow{&P::matches, &T::matches, {"pattern_found", "matches", "that came out"}},
    PatternMetricRow{
        &P::timed_out, &T::timed_out, {"pattern_timed_out", "matches", "that were partial when their time was over"}},
    PatternMetricRow{&P::pruned, &T::pruned, {"pattern_pruned", "matches", "that were partial and could not go on"}},
    PatternMetricRow{
        &P::dropped, &T::dropped, {"pattern_dropped", "matches", "that were partial, because a key had too many"}},
    PatternMetricRow{&P::late, &T::late, {"pattern_late", "events", "that came later than the grace"}},
};

constexpr MetricRow kVersionRow{"pattern_rule", "version", "of the rule that is worked by", MetricKind::gauge};

constexpr LevelRow level(std::uint64_t Levels::*level, std::string_view name, std::string_view unit,
                         std::string_view help) {
  return {level, {name, unit, help, MetricKind::gauge}};
}

constexpr std::array kLevelRows{
    level(&Levels::running_tasks, "running", "tasks", "that take records"),
    level(&Levels::restoring_tasks, "restoring", "tasks", "whose stores are being read from their changelogs"),
    level(&Levels::row_memory, "row_memory", "bytes", "of stores' rows in memory"),
    level(&Levels::fetched_memory, "fetched_memory", "bytes", "of records that are fetched and not processed"),
    level(&Levels::unwritten_memory, "unwritten_memory", "bytes", "of rows that are committed and not in RocksDB yet"),
    level(&Levels::uncommitted_rows, "uncommitted", "rows", "that are changed since the last commit"),
    level(&Levels::rules_behind, "rules_behind", "tasks", "that have not taken up what their table of rules says"),
};

constexpr std::uint64_t kEnoughToTell = 100;  // records
constexpr std::uint64_t kNearlyAll = 99;      // of a hundred

}  // namespace

std::span<const CounterRow> counter_rows() {
  return kCounterRows;
}

std::span<const LevelRow> level_rows() {
  return kLevelRows;
}

Levels& Levels::operator+=(const Levels& other) {
  for (const LevelRow& row : kLevelRows) this->*row.level += other.*row.level;
  return *this;
}

std::vector<Metric> metrics_of(const std::string& application_id, const Statistics& total, const Levels& now) {
  const std::vector<std::pair<std::string, std::string>> labels{{"application", application_id}};
  std::vector<Metric> all;
  for (const CounterRow& row : kCounterRows) all.push_back({row.metric, total.*row.total, labels});
  for (const LevelRow& row : kLevelRows) all.push_back({row.metric, now.*row.level, labels});
  for (const auto& [name, pattern] : total.patterns) {
    for (const PatternMetricRow& row : kPatternRows) {
      all.push_back({row.metric, pattern.*row.total, {{"application", application_id}, {"pattern", name}}});
    }
    if (pattern.version == 0) continue;
    all.push_back({kVersionRow, pattern.version, {{"application", application_id}, {"pattern", name}}});
  }
  return all;
}

std::vector<MetricRow> metric_rows() {
  std::vector<MetricRow> all;
  for (const CounterRow& row : kCounterRows) all.push_back(row.metric);
  for (const LevelRow& row : kLevelRows) all.push_back(row.metric);
  return all;
}

void Statistics::add(const Counters& counters) {
  for (const CounterRow& row : kCounterRows) this->*row.total += (counters.*row.counter).value();
  counters.patterns.for_each([&](const std::string& name, const PatternCounters& of) {
    const auto [at, is_new] = patterns.try_emplace(name);
    PatternStatistics& pattern = at->second;
    for (const PatternMetricRow& row : kPatternRows) pattern.*row.total += (of.*row.counter).value();
    const std::uint64_t version = of.version.value();
    pattern.version = is_new ? version : std::min(pattern.version, version);
  });
}

std::vector<std::string> hints(const Statistics& total) {
  std::vector<std::string> found;
  if (total.matched == 0 && total.unmatched >= kEnoughToTell) {
    found.push_back("none of " + std::to_string(total.unmatched) +
                    " records that are joined with a table found a row: are keys written in the same way on both "
                    "sides, and were the rows there at the records' times? A row counts from its own time on; where a "
                    "connector fills the table's topic that is the time of reading, unless timestamp.field says "
                    "otherwise");
  }
  if (total.paired == 0 && total.unpaired >= kEnoughToTell) {
    found.push_back("none of " + std::to_string(total.unpaired) +
                    " records of streams that are joined met one of the other side: are keys written in the same way "
                    "on both sides, and do the records' times lie within the join's window of one another?");
  }
  const std::uint64_t in_windows = total.in_time + total.paired + total.unpaired;
  if (total.dropped_late >= kEnoughToTell && in_windows > 0 &&
      total.dropped_late * (100 - kNearlyAll) >= in_windows * kNearlyAll) {
    found.push_back(std::to_string(total.dropped_late) + " updates came too late for their windows and only " +
                    std::to_string(in_windows) +
                    " in time: is the order of times in the input another than that of its records, or one record far "
                    "ahead of the others? A window's grace says how long it waits for what comes late");
  }
  const std::uint64_t left_out = total.dropped_null_key + total.dropped_null_value + total.dropped_late +
                                 total.skipped_undecodable + total.skipped_timestamp + total.skipped_errors;
  if (total.processed >= kEnoughToTell && left_out >= total.processed && total.sent == 0) {
    found.push_back("all of " + std::to_string(total.processed) +
                    " records so far were left out, and nothing was written: late, without key or value, or not to be "
                    "decoded (Statistics has the numbers)");
  }
  return found;
}

}  // namespace weir::streams
