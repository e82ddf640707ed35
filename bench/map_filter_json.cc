// map_filter_json: values are JSON objects of four members; those of large amounts pass, with the amount rounded.
// Floor: simdjson on demand, straight from the batch into the batch that is written.
#include <charconv>

#include <simdjson.h>

#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

struct Payment {
  std::string user;
  double amount = 0;
  std::string kind;
  std::int64_t at_ms = 0;
};
WEIR_JSON(Payment, user, amount, kind, at_ms)

namespace {

constexpr std::uint64_t kPayments = 2'000'000;
constexpr double kLarge = 50;

double rounded(double amount) {
  return static_cast<double>(static_cast<std::int64_t>(amount));
}

streams::Topology json_topology() {
  streams::Builder builder;
  builder.stream<std::string_view, Payment>("payments")
      .filter([](const Payment& payment) { return payment.amount >= kLarge; })
      .map_values([](Payment payment) {
        payment.amount = rounded(payment.amount);
        return payment;
      })
      .to("large");
  return builder.build();
}

void filter_by_hand(const std::string& directory) {
  floor::LogReader payments(directory + "/floor-payments");
  floor::LogWriter large(directory + "/floor-large");
  simdjson::ondemand::parser parser;
  std::string padded, out;
  payments.read_all([&](const floor::Record& record) {
    padded.assign(record.value);
    padded.reserve(padded.size() + simdjson::SIMDJSON_PADDING);
    auto document = parser.iterate(padded);
    std::string_view user, kind;
    double amount = 0;
    std::int64_t at_ms = 0;
    const bool is_read =
        document["user"].get(user) == simdjson::SUCCESS && document["amount"].get(amount) == simdjson::SUCCESS &&
        document["kind"].get(kind) == simdjson::SUCCESS && document["at_ms"].get(at_ms) == simdjson::SUCCESS;
    if (!is_read) give_up("a payment is no JSON");
    if (amount < kLarge) return;
    char number[32];
    auto digits = [&](auto value) {
      return std::string_view(number, static_cast<std::size_t>(std::to_chars(number, number + 32, value).ptr - number));
    };
    out.assign("{\"user\":\"").append(user).append("\",\"amount\":").append(digits(rounded(amount)));
    out.append(",\"kind\":\"").append(kind).append("\",\"at_ms\":").append(digits(at_ms)).append("}");
    large.add(record.timestamp, record.key, out);
  });
  large.flush();
}

Benchmark::Sides prepare_json(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  Random random(9);
  floor::LogWriter writer(directory + "/floor-payments");
  fill_topic(*client, "payments", [&](const Send& send) {
    char value[160];
    for (std::uint64_t i = 0; i < kPayments; ++i) {
      const int size =
          std::snprintf(value, sizeof value, R"({"user":"user-%06d","amount":%.2f,"kind":"%s","at_ms":%lld})",
                        static_cast<int>(random.below(100'000)), random.fraction() * 100,
                        random.below(2) == 0 ? "card" : "transfer", static_cast<long long>(Records::time_ms(i)));
      const std::string_view bytes(value, static_cast<std::size_t>(size));
      const std::string_view key = bytes.substr(9, 11);
      send(Records::time_ms(i), key, bytes);
      writer.add(Records::time_ms(i), key, bytes);
    }
  });
  writer.flush();
  auto described = std::make_shared<streams::Topology>(json_topology());
  return {[=] { return run_app(*client, *described, "map-filter-json", {"large"}, kPayments); },
          [=] {
            return run_floor(directory, kPayments, [&] { filter_by_hand(directory); }, {"large"});
          }};
}

const Register map_filter_json({"map_filter_json", "records/s",
                                "JSON objects of four members, about 80 B, half pass and are written as JSON again; "
                                "exactly once, commit each 100 ms",
                                prepare_json});

}  // namespace

}  // namespace weir::bench
