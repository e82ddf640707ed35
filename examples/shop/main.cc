// shop: orders, payments and tables of a small shop, brought together: joins of all kinds, a cogrouping, tables by
// another key, prices as they were. The records are its own; it prints what becomes of them.
//
//   shop --data DIR | --bootstrap SERVERS --state DIR
#include <CLI/CLI.hpp>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/records.h"
#include "examples/shop/topology.h"
#include "examples/where.h"

namespace {

using namespace shop;
using records::show;
using records::write;

constexpr std::int64_t kMinute = 60'000;

weir::Result<> write_inputs(const weir::log::Client& log) {
  WEIR_TRY((write<std::string, Customer>(log, "customers", {{"c1", {"Ann", "uk"}, 0}, {"c2", {"Bert", "de"}, 0}})));
  WEIR_TRY((write<std::string, std::string>(log, "greetings", {{"uk", "Dear", 0}, {"de", "Guten Tag", 0}})));
  WEIR_TRY((write<std::string, std::string>(log, "suppliers", {{"s1", "Acme", 0}, {"s1", "Acme & Sons", kMinute}})));
  WEIR_TRY(
      (write<std::string, Product>(log, "products", {{"tea", {"Green tea", "s1"}, 0}, {"pot", {"Pot", "s2"}, 0}})));
  // The pot costs 30 from minute 5 on, which is known only later.
  WEIR_TRY((write<std::string, double>(log, "prices", {{"tea", 4.5, 0}, {"pot", 25, 0}, {"pot", 30, 5 * kMinute}})));
  WEIR_TRY((write<std::string, Order>(log, "orders",
                                      {{"o1", {"c1", "tea", 2}, 1 * kMinute},
                                       {"o2", {"c2", "pot", 1}, 4 * kMinute},
                                       {"o3", {"c2", "pot", 1}, 6 * kMinute},
                                       {"o4", {"c9", "tea", 1}, 7 * kMinute},
                                       {"o5", {"c1", "pot", 9}, 90 * kMinute}})));
  WEIR_TRY((write<std::string, double>(
      log, "payments",
      {{"o1", 9, 3 * kMinute}, {"o3", 25, 8 * kMinute}, {"o7", 1, 9 * kMinute}, {"o5", 270, 91 * kMinute}})));
  return write<std::string, Bill>(log, "refunds", {{"o3", {"o3", "c2", 20}, 10 * kMinute}});
}

weir::Result<> run(const Where& where) {
  WEIR_TRY_VAR(log, where.open());
  WEIR_TRY(write_inputs(log));
  ws::App app(topology(), log,
              where.with_state({.application_id = "shop", .missing_topics = ws::MissingTopics::are_made}));
  WEIR_TRY(app.run_to_end());
  WEIR_TRY((show<std::string, Bill>(log, "bills")));
  WEIR_TRY((show<std::string, std::string>(log, "settled")));
  WEIR_TRY((show<std::string, Account>(log, "accounts")));
  WEIR_TRY((show<std::string, std::int64_t>(log, "debtors")));
  WEIR_TRY((show<std::string, std::string>(log, "letters")));
  WEIR_TRY((show<std::string, std::string>(log, "catalogue")));
  return show<std::string, Bill>(log, "largest-bills");
}

}  // namespace

int main(int argc, char** argv) {
  if (ws::describe_if_asked(argc, argv, topology())) return 0;
  CLI::App command("A shop's orders, payments and tables, brought together");
  Where where;
  where.add_options(command);
  CLI11_PARSE(command, argc, argv);
  return weir::exit_status_of([&] { return run(where); });
}
