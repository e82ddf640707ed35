#include "log/base/metrics.h"

#include <algorithm>

namespace weir {

namespace {

// What stands for backslashes, ends of lines and, in labels, quotes.
std::string escaped(std::string_view text, bool is_label) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (is_label && c == '"')) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

std::string full_name(std::string_view prefix, const MetricRow& row) {
  std::string name = std::string(prefix) + "_" + std::string(row.name);
  if (!row.unit.empty()) name += "_" + std::string(row.unit);
  if (row.kind == MetricKind::counter) name += "_total";
  return name;
}

std::string labels_of(const Metric& metric) {
  std::string out;
  for (const auto& [name, value] : metric.labels) {
    out += (out.empty() ? "{" : ",") + name + "=\"" + escaped(value, true) + "\"";
  }
  return out.empty() ? out : out + "}";
}

}  // namespace

std::string prometheus_text(std::string_view prefix, std::span<const Metric> metrics) {
  std::vector<std::pair<std::string, const Metric*>> named;
  for (const Metric& metric : metrics) named.emplace_back(full_name(prefix, metric.row), &metric);
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out;
  std::string_view before;
  for (const auto& [name, metric] : named) {
    if (name != before) {
      const char* kind = metric->row.kind == MetricKind::counter ? "counter" : "gauge";
      out += "# HELP " + name + " " + escaped(metric->row.help, false) + "\n# TYPE " + name + " " + kind + "\n";
      before = name;
    }
    out += name + labels_of(*metric) + " " + std::to_string(metric->value) + "\n";
  }
  return out;
}

std::string markdown_table(std::span<const MetricRow> rows) {
  std::string out = "| name | unit | what it counts |\n|---|---|---|\n";
  for (const MetricRow& row : rows) {
    out += "| `" + std::string(row.name) + "` | " + std::string(row.unit) + " | " + std::string(row.help) + " |\n";
  }
  return out;
}

}  // namespace weir
