#include "examples/card_fraud/report.h"

#include <array>
#include <cstdio>

namespace card_fraud {

Judge::Judge(Simulation simulation) {
  while (!simulation.done()) {
    Labelled made = simulation.next();
    if (made.theft == 0) continue;
    thefts_.emplace(made.theft, Theft{made.kind, false});
    theft_of_transaction_[made.transaction.id()] = made.theft;
  }
}

void Judge::take(const Alert& alert) {
  ++alerts_;
  auto found = theft_of_transaction_.find(alert.transaction);
  if (found == theft_of_transaction_.end()) {
    ++false_alerts_;
  } else {
    thefts_.at(found->second).is_caught = true;
  }
}

Report Judge::report() const {
  Report report;
  for (Kind kind : kKinds) report.by_kind[kind] = {};
  for (const auto& [number, theft] : thefts_) {
    ++report.by_kind[theft.kind].thefts;
    report.by_kind[theft.kind].caught += theft.is_caught ? 1 : 0;
  }
  report.alerts = alerts_;
  report.false_alerts = false_alerts_;
  return report;
}

double Report::precision() const {
  return alerts == 0 ? 1 : static_cast<double>(alerts - false_alerts) / static_cast<double>(alerts);
}

double Report::recall() const {
  std::int64_t thefts = 0;
  std::int64_t caught = 0;
  for (const auto& [kind, of] : by_kind) {
    thefts += of.thefts;
    caught += of.caught;
  }
  return thefts == 0 ? 1 : static_cast<double>(caught) / static_cast<double>(thefts);
}

std::string Report::to_string() const {
  std::string text = "theft                 committed   caught   missed\n";
  char line[96];
  for (const auto& [kind, of] : by_kind) {
    std::snprintf(line, sizeof line, "%-20s %10lld %8lld %8lld\n", name_of(kind), static_cast<long long>(of.thefts),
                  static_cast<long long>(of.caught), static_cast<long long>(of.thefts - of.caught));
    text += line;
  }
  std::snprintf(line, sizeof line, "%lld alerts, %lld of them falsely raised: precision %.1f %%, recall %.1f %%\n",
                static_cast<long long>(alerts), static_cast<long long>(false_alerts), 100 * precision(),
                100 * recall());
  return text + line;
}

weir::Result<Report> judge_alerts(const weir::log::Client& log, const std::string& topic, Simulation simulation) {
  Judge judge(std::move(simulation));
  WEIR_TRY_VAR(described, log.admin()->describe_topic(topic));
  WEIR_TRY_VAR(consumer, log.consumer());
  std::vector<weir::log::TopicPartition> partitions;
  for (std::int32_t p = 0; p < described.partitions; ++p) partitions.push_back({topic, weir::log::PartitionIndex(p)});
  WEIR_TRY(consumer->assign(partitions));
  WEIR_TRY_VAR(ends, consumer->end_offsets(partitions, weir::log::Isolation::read_committed));
  weir::log::BatchReader reader;
  std::array<weir::log::RecordView, 64> views;
  for (const auto& partition : partitions) {
    for (;;) {
      WEIR_TRY_VAR(position, consumer->position(partition));
      if (position >= ends.at(partition)) break;
      WEIR_TRY_VAR(batches, consumer->poll(weir::Millis(100)));
      for (const auto& fetched : batches) {
        WEIR_TRY(reader.open(fetched.batch));
        for (;;) {
          WEIR_TRY_VAR(count, reader.fill(views));
          if (count == 0) break;
          for (std::size_t i = 0; i < count; ++i) {
            Alert alert;
            if (views[i].value && weir::streams::Serde<Alert>::decode(*views[i].value, alert)) judge.take(alert);
          }
        }
      }
    }
  }
  return judge.report();
}

}  // namespace card_fraud
