// Metrics: what the house counts and measures, as rows of tables: name, unit, help, kind. Who counts has a table of its
// own beside its counters (streams/operators/counters.h); what is shown of them is made of the rows: statistics, the
// page of the docs that lists them, and the text that Prometheus reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

// Written by one thread, read by any.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void take_back(std::uint64_t n) { add(-n); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

enum class MetricKind : std::uint8_t {
  counter,  // only grows, from the start of whoever counts
  gauge,    // as it is at the moment
};

struct MetricRow {
  std::string_view name;  // in lower case, without the unit: "processed"
  std::string_view unit;  // in the plural: "records", "bytes"
  std::string_view help;  // what it counts, without a full stop
  MetricKind kind = MetricKind::counter;
};

// One row and its value at some moment.
struct Metric {
  MetricRow row;
  std::uint64_t value = 0;
  std::vector<std::pair<std::string, std::string>> labels = {};  // whose it is: {"application", "word-count"}
};

// As Prometheus reads it (text format 0.0.4): "<prefix>_<name>_<unit>", of counters "_total" behind, under HELP and
// TYPE, which are there once a name; rows of one name need not stand together. `prefix`: "weir_streams".
std::string prometheus_text(std::string_view prefix, std::span<const Metric> metrics);

// The same rows as a table of Markdown, without values: "| `name` | unit | help |".
std::string markdown_table(std::span<const MetricRow> rows);

}  // namespace weir
