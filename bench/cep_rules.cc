// cep_rules_1000: a thousand rules on one stream, each for another kind of event: a small one and then a large one of
// that kind, of one key, within twenty seconds. Events are JSON and of 1,250 kinds. Floor: of each key a list of the
// small ones that are open, and of a kind whether it has a rule.
#include <charconv>

#include "bench/floor/row_table.h"
#include "bench/keyed_records.h"
#include "bench/stream_bench.h"
#include "streams/pattern_rules.h"

namespace weir::bench {

struct KindOfEvent {
  std::string kind;
  std::int64_t amount = 0;
};
WEIR_JSON(KindOfEvent, kind, amount)

namespace {

constexpr std::uint64_t kRuleRecords = 1'000'000;
constexpr std::uint64_t kRuleKeys = 1'000;
constexpr std::uint64_t kRules = 1'000;
constexpr std::uint64_t kKinds = 1'250;
constexpr std::int64_t kRuleWithinMs = 20'000;
constexpr std::int64_t kSmall = 110, kLarge = 190;  // below, and above, of amounts from 100 to 199

streams::Topology topology_of_rules() {
  streams::Builder builder;
  builder.stream<std::string_view, KindOfEvent>("events")
      .detect(builder.pattern_rules<KindOfEvent>("rules"), {.store = "found"})
      .map_values([](const streams::RuleMatch<KindOfEvent>& match) { return match.end_ms() - match.begin_ms(); })
      .to("pairs");
  return builder.build();
}

std::string rule_text(std::uint64_t number) {
  char kind[8];
  std::snprintf(kind, sizeof kind, "k%04d", static_cast<int>(number));
  return R"j({"id":")j" + std::string(kind) + R"j(","version":1,"pattern":"PATTERN (a -> b) DEFINE a AS kind = ')j" +
         kind + "' AND amount < 110, b AS kind = '" + kind + R"j(' AND amount > 190","within":"20 SECONDS"})j";
}

// {"kind":"k0123","amount":57,"note":"vvv..."}: the same length for each.
constexpr std::size_t kKindAt = 10, kAmountAt = 25;

std::string event_text(std::uint64_t i) {
  const std::uint64_t drawn = (i + 1) * 0x9E3779B97F4A7C15ull;
  char text[96];
  std::snprintf(text, sizeof text, R"j({"kind":"k%04d","amount":%03d,"note":"%036d"})j",
                static_cast<int>((drawn >> 33) % kKinds), static_cast<int>(100 + (drawn >> 13) % 100), 0);
  return text;
}

std::int64_t number_at(std::string_view text, std::size_t at, std::size_t size) {
  std::int64_t number = 0;
  std::from_chars(text.data() + at, text.data() + at + size, number);
  return number;
}

struct OpenOfKey {
  struct Small {
    std::int64_t kind, at_ms;
  };
  std::vector<Small> all;
};

void find_rules_by_hand(const std::string& directory) {
  floor::LogReader events(directory + "/floor-events");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter out(directory + "/floor-out");
  floor::RowTable<OpenOfKey> open(1 << 12);
  events.read_all([&](const floor::Record& record) {
    const std::int64_t kind = number_at(record.value, kKindAt, 4);
    const std::int64_t amount = number_at(record.value, kAmountAt, 3);
    if (kind >= static_cast<std::int64_t>(kRules) || (amount >= kSmall && amount <= kLarge)) return;
    auto& all = open[record.key].all;
    const std::size_t before = all.size();
    std::erase_if(all, [&](const OpenOfKey::Small& one) { return record.timestamp - one.at_ms >= kRuleWithinMs; });
    if (amount < kSmall) {
      all.push_back({kind, record.timestamp});
    } else {
      const auto first = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.kind == kind; });
      if (first == all.end() && all.size() == before) return;
      if (first != all.end()) {
        char took[8];
        floor::put(took, record.timestamp - first->at_ms);
        out.add(record.timestamp, record.key, {took, sizeof took});
        std::erase_if(all, [&](const auto& one) { return one.kind == kind; });
      }
    }
    changes.add(record.timestamp, record.key,
                {reinterpret_cast<const char*>(all.data()), all.size() * sizeof(OpenOfKey::Small)});
  });
  changes.flush();
  out.flush();
}

Benchmark::Sides prepare_rules(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  Random random(4);
  floor::LogWriter writer(directory + "/floor-events");
  std::string key(16, 'k');
  fill_topic(*client, "events", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRuleRecords; ++i) {
      std::snprintf(key.data(), key.size() + 1, "key-%012d", static_cast<int>(random.below(kRuleKeys)));
      const std::int64_t time = 1'700'000'000'000 + static_cast<std::int64_t>(i / 20);
      const std::string value = event_text(i);
      send(time, key, value);
      writer.add(time, key, value);
    }
  });
  writer.flush();
  fill_topic(*client, "rules", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRules; ++i) send(0, rule_text(i).substr(7, 5), rule_text(i));
  });
  auto described = std::make_shared<streams::Topology>(topology_of_rules());
  return {[=] { return run_app(*client, *described, "cep_rules", {"pairs"}, kRuleRecords); },
          [=] {
            return run_floor(directory, kRuleRecords, [&] { find_rules_by_hand(directory); }, {"changes", "out"});
          }};
}

const Register cep_rules(
    {"cep_rules_1000", "records/s",
     "80 B records of JSON, 1,000 keys of 16 B, 1,250 kinds; 1,000 rules, each for one kind: a "
     "small one, then a large one of a key within 20 seconds; changelog; exactly once, commit each "
     "100 ms, RocksDB",
     prepare_rules});

}  // namespace

}  // namespace weir::bench
