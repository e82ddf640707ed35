// ledger: transfers between accounts, settled by several workers with nothing but the log: transactions, a group of
// consumers, a compacted topic. Kill it at any moment and start it again: the balances are those of a run that was
// never stopped.
//
//   ledger --data DIR | --bootstrap SERVERS [--transfers N] [--accounts N] [--workers N] [--partitions N]
#include <thread>

#include <CLI/CLI.hpp>

#include "examples/ledger/accountant.h"
#include "examples/ledger/worker.h"
#include "examples/ledger/writer.h"
#include "examples/where.h"

namespace {

struct Arguments {
  Where where;
  std::int64_t transfers = 100'000;
  std::int64_t accounts = 1'000;
  int workers = 3;
  std::int32_t partitions = 4;
};

// The workers' threads, and the first error of one of them.
class Workers {
 public:
  weir::Result<> start(const weir::log::Client& log, int count) {
    outcomes_.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      WEIR_TRY_VAR(worker, ledger::Worker::start(log, "worker-" + std::to_string(i)));
      threads_.emplace_back([worker = std::move(worker), outcome = &outcomes_[static_cast<std::size_t>(i)]](
                                const std::stop_token& stop) { *outcome = worker->run(stop); });
    }
    return {};
  }
  weir::Result<> stop() {
    threads_.clear();  // asks them to stop, and waits
    for (auto& outcome : outcomes_) WEIR_TRY(std::move(outcome));
    return {};
  }

 private:
  std::vector<weir::Result<>> outcomes_;
  std::vector<std::jthread> threads_;  // goes first: they write the outcomes
};

weir::Result<> run(const Arguments& arguments) {
  WEIR_TRY_VAR(log, arguments.where.open());
  WEIR_TRY(ledger::make_topics(log, arguments.partitions));
  Workers workers;
  WEIR_TRY(workers.start(log, arguments.workers));
  WEIR_TRY(ledger::write_transfers(log, arguments.transfers, arguments.accounts));
  auto balances = ledger::add_up(log, 2 * arguments.transfers);
  WEIR_TRY(workers.stop());
  if (!balances) return fail(balances.error());
  WEIR_TRY(ledger::write_balances(log, *balances));
  WEIR_TRY_VAR(gone, ledger::drop_settled(log));
  std::cout << balances->entries << " entries of " << balances->of.size() << " accounts, sum " << balances->sum()
            << "\nroom made by dropping " << gone << " offsets of settled transfers\n";
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App command("Settles transfers between accounts, exactly once");
  Arguments arguments;
  arguments.where.add_options(command, false);
  command.add_option("--transfers", arguments.transfers, "default 100000")->check(CLI::NonNegativeNumber);
  command.add_option("--accounts", arguments.accounts, "default 1000")->check(CLI::Range(2, 1'000'000));
  command.add_option("--workers", arguments.workers, "default 3")->check(CLI::Range(1, 64));
  command.add_option("--partitions", arguments.partitions, "of each topic, default 4")->check(CLI::Range(1, 1024));
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return weir::exit_status_of([&] { return run(arguments); });
}
