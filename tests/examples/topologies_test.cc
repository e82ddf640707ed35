// The examples' topologies through the test driver.
#include <gtest/gtest.h>

#include "examples/card_fraud/report.h"
#include "examples/card_fraud/topology.h"
#include "examples/ssh_guard/topology.h"
#include "examples/word_count/topology.h"
#include "streams/testing.h"

namespace {

namespace ws = weir::streams;

TEST(WordCount, words_are_runs_of_letters_in_lower_case) {
  ws::TestDriver driver(word_count::topology());
  auto lines = driver.input<ws::NoKey, std::string>("lines");
  lines.pipe("The GNU's the-end.");
  lines.pipe("");
  std::vector<std::pair<std::string, std::int64_t>> updates;
  for (const auto& record : driver.output<std::string, std::int64_t>("counts").read_all()) {
    updates.emplace_back(record.key, record.value);
  }
  EXPECT_EQ(updates, (std::vector<std::pair<std::string, std::int64_t>>{
                         {"the", 1}, {"gnu", 1}, {"s", 1}, {"the", 2}, {"end", 1}}));
}

std::vector<ssh_guard::Report> reports_of(const std::vector<std::string>& lines, ssh_guard::Settings settings) {
  ws::TestDriver driver(ssh_guard::topology(settings));
  for (const auto& line : lines) driver.input<ws::NoKey, std::string>("auth-lines").pipe(line);
  std::vector<ssh_guard::Report> reports;
  for (auto& record : driver.output<std::string, ssh_guard::Report>("reports").read_all()) {
    reports.push_back(record.value);
  }
  return reports;
}

TEST(SshGuard, failures_are_counted_per_address_and_window_and_repeated_ones_count_as_often_as_they_were) {
  auto reports = reports_of(
      {"Dec 10 07:00:01 host sshd[1]: Failed password for root from 1.1.1.1 port 2 ssh2",
       "Dec 10 07:00:02 host sshd[1]: Failed password for root from 2.2.2.2 port 2 ssh2",
       "Dec 10 07:00:03 host sshd[1]: message repeated 4 times: [ Failed password for root from 1.1.1.1 port 2 ssh2]",
       "Dec 10 07:01:00 host sshd[1]: Failed password for root from 1.1.1.1 port 2 ssh2", "nonsense"},
      {.year = 2023});
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].ip, "1.1.1.1");
  EXPECT_EQ(reports[0].failures, 5);
  EXPECT_EQ(reports[0].window_start, 1'702'191'600'000);  // 2023-12-10 07:00:00 UTC
  EXPECT_EQ(reports[0].window_end, 1'702'191'660'000);
}

TEST(SshGuard, january_after_december_is_the_next_year) {
  auto reports = reports_of({"Dec 31 23:59:59 host sshd[1]: Failed password for root from 1.1.1.1 port 2 ssh2",
                             "Jan  1 00:00:00 host sshd[1]: Failed password for root from 1.1.1.1 port 2 ssh2"},
                            {.year = 2023, .threshold = 1});
  ASSERT_EQ(reports.size(), 2u);
  EXPECT_EQ(reports[1].window_start, 1'704'067'200'000);  // 2024-01-01 UTC
}

TEST(SshGuard, an_address_is_what_follows_the_last_from) {
  auto line = ssh_guard::parse_auth_line(
      "Dec 10 07:00:01 host sshd[1]: Failed password for invalid user a from b from 1.1.1.1 port 2 ssh2");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->failed_from, "1.1.1.1");
}

TEST(CardFraud, each_kind_of_theft_raises_an_alert) {
  card_fraud::Simulation simulation(5, 40'000);
  ws::TestDriver driver(card_fraud::topology());
  for (const auto& profile : simulation.profiles()) {
    driver.input<std::string, card_fraud::Profile>("profiles").pipe(profile.card(), profile, 0);
  }
  card_fraud::Judge judge(simulation);
  while (!simulation.done()) {
    auto made = simulation.next().transaction;
    driver.input<std::string, card_fraud::Transaction>("transactions").pipe(made.card(), made, made.at_ms());
  }
  for (const auto& record : driver.output<std::string, card_fraud::Alert>("alerts").read_all())
    judge.take(record.value);
  auto report = judge.report();
  for (const auto& [kind, of] : report.by_kind) {
    EXPECT_GT(of.thefts, 0) << card_fraud::name_of(kind);
    EXPECT_GE(of.caught * 10, of.thefts * 6) << card_fraud::name_of(kind);
  }
  EXPECT_GT(report.total().precision(), 0.8);
  EXPECT_GT(report.total().recall(), 0.8);
}

}  // namespace
