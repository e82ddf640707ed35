#include "examples/card_fraud/report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace card_fraud {

namespace {

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
}

// "+0:07:30"
std::string after(std::int64_t ms) {
  char text[32];
  std::snprintf(text, sizeof text, "+%lld:%02lld:%02lld", static_cast<long long>(ms / kHourMs),
                static_cast<long long>(ms / kMinuteMs % 60), static_cast<long long>(ms / kSecondMs % 60));
  return text;
}

std::string time_line_of(const Alert& alert) {
  std::string text = alert.reason + ", " + alert.card + "\n";
  const std::int64_t begin_ms = alert.events.front().at_ms;
  for (const Moment& moment : alert.events) {
    std::string when = after(moment.at_ms - begin_ms);
    when.resize(std::max<std::size_t>(when.size(), 10), ' ');
    text += "  " + when + moment.step + ": " + moment.what + "\n";
  }
  if (alert.at_ms > alert.events.back().at_ms) text += "  " + after(alert.at_ms - begin_ms) + "  and nothing more\n";
  return text;
}

}  // namespace

// --- the judge ---

Judge::Judge(Simulation simulation) {
  while (!simulation.done()) {
    const Labelled made = simulation.next();
    end_ms_ = made.transaction.at_ms();
    if (made.theft == 0) continue;
    Theft& theft = thefts_.emplace(made.theft, Theft{made.kind, made.of_theft}).first->second;
    --theft.left;
    theft.last_ms = made.transaction.at_ms();
    theft_of_transaction_[made.transaction.id()] = made.theft;
  }
}

// That nobody pays is known when the time for it is over.
bool Judge::is_over(const Theft& theft) const {
  return theft.left == 0 && (theft.kind != Kind::unpaid_order || theft.last_ms + kPayWithinMs + kMinuteMs < end_ms_);
}

void Judge::take(const Alert& alert) {
  Report::Of& of = by_reason_[alert.reason];
  ++of.alerts;
  if (!theft_of_transaction_.contains(alert.events.back().id)) {
    ++of.false_alerts;
    return;
  }
  for (const Moment& moment : alert.events) {
    const auto found = theft_of_transaction_.find(moment.id);
    if (found != theft_of_transaction_.end()) thefts_.at(found->second).is_caught = true;
  }
  const auto [known, is_new] = first_right_.emplace(alert.reason, alert);
  if (!is_new && alert.at_ms < known->second.at_ms) known->second = alert;
}

Report Judge::report() const {
  Report report;
  for (const Kind kind : kKinds) {
    Report::Of& of = report.by_kind[kind];
    if (const auto found = by_reason_.find(name_of(kind)); found != by_reason_.end()) of = found->second;
    if (const auto first = first_right_.find(name_of(kind)); first != first_right_.end()) {
      of.time_line = time_line_of(first->second);
    }
  }
  for (const auto& [number, theft] : thefts_) {
    if (!is_over(theft)) continue;
    ++report.by_kind[theft.kind].thefts;
    report.by_kind[theft.kind].caught += theft.is_caught ? 1 : 0;
  }
  return report;
}

// --- the report ---

double Report::Of::precision() const {
  return share(alerts - false_alerts, alerts);
}

double Report::Of::recall() const {
  return share(caught, thefts);
}

Report::Of Report::total() const {
  Of total;
  for (const auto& [kind, of] : by_kind) {
    total.thefts += of.thefts;
    total.caught += of.caught;
    total.alerts += of.alerts;
    total.false_alerts += of.false_alerts;
  }
  return total;
}

std::string Report::to_string() const {
  std::string text = "theft                 committed   caught   recall    alerts    false   precision\n";
  const auto line = [&](const char* name, const Of& of) {
    char room[128];
    std::snprintf(room, sizeof room, "%-20s %10lld %8lld %6.1f %% %9lld %8lld %9.1f %%\n", name,
                  static_cast<long long>(of.thefts), static_cast<long long>(of.caught), 100 * of.recall(),
                  static_cast<long long>(of.alerts), static_cast<long long>(of.false_alerts), 100 * of.precision());
    text += room;
  };
  for (const auto& [kind, of] : by_kind) line(name_of(kind), of);
  line("all", total());
  return text;
}

std::string Report::time_lines() const {
  std::string text;
  for (const auto& [kind, of] : by_kind) text += of.time_line;
  return text;
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
