// word_count_update: lines to words, through a repartition topic, counted; every update goes out. Weir writes changelog
// rows at each commit, the floor at each update: whoever writes such a loop by hand for Kafka Streams' way does.
#include "bench/floor/files.h"
#include "bench/floor/word_table.h"
#include "bench/stream_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kLines = 1'000'000;
constexpr std::uint64_t kWords = kLines * 10;

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<streams::NoKey, std::string_view>("lines")
      .flat_map_values<std::string_view>([](std::string_view line, auto& emit) { split_words(line, emit); })
      .group_by([](std::string_view word) { return word; })
      .count({.store = "word-counts"})
      .to_stream()
      .to("counts");
  return builder.build();
}

std::string_view bytes_of(const std::uint64_t& count) {
  return {reinterpret_cast<const char*>(&count), sizeof count};
}

void count_by_hand(const std::string& directory) {
  floor::LogReader lines(directory + "/floor");
  floor::LogWriter words(directory + "/floor-words");
  floor::LogReader words_again(directory + "/floor-words");
  floor::LogWriter changes(directory + "/floor-changes");
  floor::LogWriter counts(directory + "/floor-counts");
  floor::WordTable table;
  std::uint64_t pending = 0;
  auto count_words = [&] {
    words.flush();
    words_again.read_all([&](const floor::Record& word) {
      std::uint64_t& count = table.count(word.key);
      ++count;
      changes.add(word.timestamp, word.key, bytes_of(count));
      counts.add(word.timestamp, word.key, bytes_of(count));
    });
    pending = 0;
  };
  lines.read_all([&](const floor::Record& line) {
    split_words(line.value, [&](std::string_view word) { words.add(line.timestamp, word, word); });
    if (++pending == 50'000) count_words();  // about 100 ms of work
  });
  count_words();
  changes.flush();
  counts.flush();
}

Benchmark::Sides prepare(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  Lines lines;
  Random random(3);
  floor::LogWriter writer(directory + "/floor");
  fill_topic(*client, "lines", [&](const Send& send) {
    for (std::uint64_t i = 0; i < kLines; ++i) {
      std::string line = lines.line(random);
      send(Records::time_ms(i), std::nullopt, line);
      writer.add(Records::time_ms(i), {}, line);
    }
  });
  writer.flush();
  auto described = std::make_shared<streams::Topology>(topology());
  return {[=] { return run_app(*client, *described, "word-count", {"counts"}, kWords); },
          [=] {
            Run run = timed(kWords, [&] { count_by_hand(directory); });
            for (const char* file : {"words", "changes", "counts"}) ::unlink((directory + "/floor-" + file).c_str());
            return run;
          }};
}

const Register word_count({"word_count_update", "words/s",
                           "100,000 words by Zipf's law, ten a line; repartition topic, changelog, output at every "
                           "update; exactly once, commit each 100 ms, RocksDB",
                           prepare});

}  // namespace

}  // namespace weir::bench
