#include "streams/operators/counters.h"

#include <array>

namespace weir::streams {

namespace {

constexpr std::array kCounterRows{
    CounterRow{&Counters::processed, &Statistics::processed, "processed", ""},
    CounterRow{&Counters::sent, &Statistics::sent, "sent", ""},
    CounterRow{&Counters::matched, &Statistics::matched, "matched", ""},
    CounterRow{&Counters::unmatched, &Statistics::unmatched, "unmatched", ""},
    CounterRow{&Counters::paired, &Statistics::paired, "paired", ""},
    CounterRow{&Counters::unpaired, &Statistics::unpaired, "unpaired", ""},
    CounterRow{&Counters::in_time, &Statistics::in_time, "in_time", ""},
    CounterRow{&Counters::dropped_null_key, &Statistics::dropped_null_key, "dropped_null_key",
               "records without a key were dropped"},
    CounterRow{&Counters::dropped_null_value, &Statistics::dropped_null_value, "dropped_null_value",
               "records without a value were dropped"},
    CounterRow{&Counters::dropped_late, &Statistics::dropped_late, "dropped_late",
               "updates came too late for their windows"},
    CounterRow{&Counters::dropped_no_partition, &Statistics::dropped_no_partition, "dropped_no_partition",
               "records were given to no partition and dropped"},
    CounterRow{&Counters::skipped_undecodable, &Statistics::skipped_undecodable, "skipped_undecodable",
               "records could not be decoded and were skipped"},
    CounterRow{&Counters::skipped_timestamp, &Statistics::skipped_timestamp, "skipped_timestamp",
               "records with a negative time were skipped"},
    CounterRow{&Counters::skipped_errors, &Statistics::skipped_errors, "skipped_errors",
               "records were skipped because an operator could not deal with them"},
    CounterRow{&Counters::retried, &Statistics::retried, "retried", ""},
    CounterRow{&Counters::retried_later, &Statistics::retried_later, "retried_later",
               "records were put off, to be tried again later"},
    CounterRow{&Counters::dead_lettered, &Statistics::dead_lettered, "dead_lettered", "records became dead letters"},
    CounterRow{&Counters::missing_input, &Statistics::missing_input, "missing_input",
               "offsets of inputs were missing and passed over"},
};

constexpr std::uint64_t kEnoughToTell = 100;  // records
constexpr std::uint64_t kNearlyAll = 99;      // of a hundred

}  // namespace

std::span<const CounterRow> counter_rows() {
  return kCounterRows;
}

void Statistics::add(const Counters& counters) {
  for (const CounterRow& row : kCounterRows) this->*row.total += (counters.*row.counter).value();
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
