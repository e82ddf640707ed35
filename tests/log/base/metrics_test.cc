#include "log/base/metrics.h"

#include <gtest/gtest.h>

namespace weir::metrics_test {
namespace {

TEST(Metrics, a_counter_counts_and_takes_back) {
  Counter counter;
  counter.add();
  counter.add(41);
  counter.take_back(2);
  EXPECT_EQ(counter.value(), 40u);
}

// https://prometheus.io/docs/instrumenting/exposition_formats/
TEST(Metrics, the_text_has_help_and_type_once_a_name_and_escapes_what_it_must) {
  const MetricRow sent{"sent", "records", "that were \\ sent\nhere", MetricKind::counter};
  const MetricRow held{"held", "bytes", "of rows \"in\" memory", MetricKind::gauge};
  const std::vector<Metric> all{{sent, 3, {{"application", "a\"b\\c\nd"}, {"task", "0"}}},
                                {held, 9, {}},
                                {sent, 18'446'744'073'709'551'615u, {{"application", "other"}}}};
  EXPECT_EQ(prometheus_text("weir", all),
            "# HELP weir_held_bytes of rows \"in\" memory\n"
            "# TYPE weir_held_bytes gauge\n"
            "weir_held_bytes 9\n"
            "# HELP weir_sent_records_total that were \\\\ sent\\nhere\n"
            "# TYPE weir_sent_records_total counter\n"
            "weir_sent_records_total{application=\"a\\\"b\\\\c\\nd\",task=\"0\"} 3\n"
            "weir_sent_records_total{application=\"other\"} 18446744073709551615\n");
  EXPECT_EQ(prometheus_text("weir", {}), "");
}

TEST(Metrics, a_table_has_a_line_a_row) {
  const std::vector<MetricRow> rows{{"sent", "records", "written to topics"}, {"held", "bytes", "of rows"}};
  EXPECT_EQ(markdown_table(rows),
            "| name | unit | what it counts |\n|---|---|---|\n"
            "| `sent` | records | written to topics |\n| `held` | bytes | of rows |\n");
}

}  // namespace
}  // namespace weir::metrics_test
