// cep_seq3: a, then b, then c of one key, whatever lies between, within ten seconds; a match drops what began before
// its end. Floor: of each key a list of the beginnings that are open, and how many of them have their b.
#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 2'000'000;
constexpr std::uint64_t kKeys = 10'000;
constexpr std::int64_t kWithinMs = 10'000;

// The first letter of a record's value, by its number: a, b, c, or one of five others.
char letter(std::uint64_t i) {
  return static_cast<char>('a' + (i * 0x9E3779B97F4A7C15ull >> 40) % 8);
}

auto is(char wanted) {
  return [wanted](char letter) {
    return letter == wanted;
  };
}

streams::Topology topology() {
  streams::Builder builder;
  const auto three =
      streams::pattern<char>("a").where(is('a')).followed_by("b").where(is('b')).followed_by("c").where(is('c')).within(
          Millis(kWithinMs));
  builder.stream<std::string_view, std::string_view>("letters")
      .map_values([](std::string_view value) { return value[0]; })  // what is kept of an event
      .detect(three, {.store = "three"})
      .map_values([](const streams::Match<char>& match) { return match.end_ms() - match.begin_ms(); })
      .to("threes");
  return builder.build();
}

// What is open of a key: when it began, and when its b came (0: not yet). The earlier ones have theirs.
struct Open {
  struct Beginning {
    std::int64_t a_ms, b_ms;
  };
  std::vector<Beginning> all;
};

void find_by_hand(const std::string& directory) {
  floor::LogReader letters(directory + "/floor-letters");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<Open> open(1 << 15);
  const auto keep = [&](const floor::Record& record, const Open& row) {
    changes.add(record.timestamp, record.key,
                {reinterpret_cast<const char*>(row.all.data()), row.all.size() * sizeof(Open::Beginning)});
  };
  letters.read_all([&](const floor::Record& record) {
    const char what = record.value[0];
    if (what > 'c') return;
    Open& row = open[record.key];
    auto& all = row.all;
    const auto in_time = std::find_if(
        all.begin(), all.end(), [&](const Open::Beginning& one) { return record.timestamp - one.a_ms < kWithinMs; });
    all.erase(all.begin(), in_time);
    if (what == 'a') {
      all.push_back({record.timestamp, 0});
    } else if (what == 'b') {
      for (Open::Beginning& one : all) {
        if (one.b_ms == 0) one.b_ms = record.timestamp;
      }
    } else if (!all.empty() && all.front().b_ms != 0) {
      char took[8];
      floor::put(took, record.timestamp - all.front().a_ms);
      out.add(record.timestamp, record.key, {took, sizeof took});
      all.clear();
    } else {
      return;
    }
    keep(record, row);
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  fill_both(*client, directory,
            {.topic = "letters",
             .records = kRecords,
             .keys = kKeys,
             .value_bytes = 84,
             .time_ms = [](std::uint64_t i, Random&) { return 1'700'000'000'000 + static_cast<std::int64_t>(i / 20); },
             .letter = letter});
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "cep_seq3", {"threes"}, kRecords); },
          [=] {
            return run_floor(directory, kRecords, [&] { find_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register cep_seq3({"cep_seq3", "records/s",
                         "100 B records, 10,000 keys of 16 B, eight kinds; a, then b, then c of one key within ten "
                         "seconds; changelog; exactly once, commit each 100 ms, RocksDB",
                         prepare});

}  // namespace

}  // namespace weir::bench
