// payment_desk: policies for errors (skipped, tried again now and later, dead letters) and calls that take their time.
// It runs until each payment has come to its end, at least once. The records are its own; it prints what becomes of
// them.
//
//   payment_desk --data DIR | --bootstrap SERVERS --state DIR
#include <atomic>
#include <thread>

#include <CLI/CLI.hpp>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/payment_desk/topology.h"
#include "examples/records.h"
#include "examples/where.h"

namespace {

using namespace payment_desk;
using records::show;

constexpr const char* kLetters[] = {"unreadable", "unscored", "uncharged"};

weir::Result<> write_inputs(const weir::log::Client& log) {
  for (const char* topic : kLetters) {
    WEIR_TRY(ensure_topic(*log.admin(), {topic, 1, {}}));
  }
  return records::write<std::string, std::string>(log, "payments",
                                                  {{"ann", R"({"amount":20,"purpose":"tea"})", 1},
                                                   {"bob", R"({"amount":"many","purpose":"tea"})", 2},
                                                   {"cat", R"({"amount":900,"purpose":"pot"})", 3},
                                                   {"dan", R"({"amount":5000,"purpose":"transfer"})", 4},
                                                   {"eve", R"({"amount":70,"purpose":"transfer"})", 5},
                                                   {"fay", R"({"amount":13,"purpose":"tea"})", 6}});
}

ws::Topology desk() {
  auto score = [](const Payment& payment) -> std::int64_t {
    if (payment.amount == 13) throw std::runtime_error("nobody knows");
    std::this_thread::sleep_for(std::chrono::milliseconds(payment.amount % 7));  // another system
    return payment.amount / 10;
  };
  auto ask_bank = [](const Payment& payment, ws::AsyncResult<std::string> result) {
    std::jthread([payment, result] {
      if (payment.amount > 1'000) {
        result.fail("the bank says no");
      } else {
        result.complete("the bank took " + std::to_string(payment.amount));
      }
    }).detach();
  };
  return topology(score, ask_bank);
}

// How many there are by now.
weir::Result<std::int64_t> letters(const weir::log::Client& log) {
  std::vector<weir::log::TopicPartition> partitions;
  for (const char* topic : kLetters) partitions.push_back({topic, weir::log::PartitionIndex(0)});
  WEIR_TRY_VAR(consumer, log.consumer());
  WEIR_TRY_VAR(ends, consumer->end_offsets(partitions, weir::log::Isolation::read_committed));
  std::int64_t count = 0;
  for (const auto& [partition, end] : ends) count += end.value();
  return count;
}

weir::Result<> run(const Where& where) {
  WEIR_TRY_VAR(log, where.open());
  WEIR_TRY(write_inputs(log));
  ws::App app(desk(), log,
              where.with_state({.application_id = "payment-desk",
                                .guarantee = ws::at_least_once,
                                .missing_topics = ws::MissingTopics::are_made}));
  // What is tried again later waits in topics, for 200 ms and for 800: a run to the end would not wait for it.
  std::jthread watch([&](const std::stop_token& ended) {
    while (!ended.stop_requested() && letters(log).value_or(0) < 3) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    app.stop();
  });
  WEIR_TRY(app.run());
  for (const char* topic : {"risky", "transfers", "receipts"}) {
    WEIR_TRY(topic == std::string("risky") ? show<std::string, std::int64_t>(log, topic)
                                           : show<std::string, std::string>(log, topic));
  }
  for (const char* topic : kLetters) WEIR_TRY((show<std::string, std::string>(log, topic)));
  const ws::Statistics statistics = app.statistics();
  std::cout << statistics.skipped_errors << " left out, " << statistics.retried << " tried again at once, "
            << statistics.retried_later << " later, " << statistics.dead_lettered << " dead letters\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (ws::describe_if_asked(argc, argv, desk())) return 0;
  CLI::App command("Policies for errors, and calls that take their time");
  Where where;
  where.add_options(command);
  CLI11_PARSE(command, argc, argv);
  return weir::exit_status_of([&] { return run(where); });
}
