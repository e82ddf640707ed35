// Patterns over letters: "x:a1 b2" are an event a of key x at 1 ms, and b of key k at 2 ms.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::pattern_letters {

struct Letter {
  std::string name;
  std::int64_t number = 0;
};
WEIR_JSON(Letter, name, number)

using Texts = std::vector<std::string>;

// A step that takes the letter that it is called.
inline Pattern<Letter> letter(const std::string& name) {
  return pattern<Letter>(name).where([name](const Letter& letter) { return letter.name == name; });
}
inline Pattern<Letter> a() {
  return letter("a");
}
inline Pattern<Letter> b() {
  return letter("b");
}
inline Pattern<Letter> c() {
  return letter("c");
}

class Fed {
 public:
  Fed(const Pattern<Letter>& pattern, const DetectOptions& options)
      : options_(options), topology_(built(pattern, options)), driver_(topology_) {}

  void feed(const std::string& events) {
    std::istringstream words(events);
    auto in = driver_.input<std::string, Letter>("in");
    for (std::string word; words >> word;) {
      std::string key = "k";
      if (const auto colon = word.find(':'); colon != std::string::npos) {
        key = word.substr(0, colon);
        word.erase(0, colon + 1);
      }
      const std::int64_t number = std::stoll(word.substr(1));
      in.pipe(key, {word.substr(0, 1), number}, number);
    }
  }
  // Since they were asked for last: the events of each, and the time where that is not the last one's.
  Texts matches() { return read("matches"); }
  Texts timeouts() { return read("timeouts"); }

  TestDriver& driver() { return driver_; }
  const Topology& topology() const { return topology_; }
  Statistics statistics() const { return driver_.statistics(); }
  PatternStatistics pattern_statistics() const { return statistics().patterns.at(options_.store + ".detect"); }
  // Those that have a row.
  Texts keys() {
    Texts found;
    auto& store = dynamic_cast<state::KeyValueStore&>(driver_.bytes().store(options_.store, 0));
    store.scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void*, std::int64_t) {
      found.emplace_back(key);
      return true;
    });
    return found;
  }

 private:
  static Topology built(const Pattern<Letter>& pattern, const DetectOptions& options) {
    Builder builder;
    auto found = builder.stream<std::string, Letter>("in").detect(pattern, options);
    found.to("matches");
    found.timed_out().to("timeouts");
    return builder.build();
  }

  Texts read(const std::string& topic) {
    Texts texts;
    for (const auto& record : driver_.output<std::string, Match<Letter>>(topic).read_all()) {
      std::string text;
      for (const auto& one : record.value.events) {
        text += (text.empty() ? "" : " ") + one.event.name + std::to_string(one.event.number);
      }
      if (record.timestamp_ms != record.value.end_ms()) text += " @" + std::to_string(record.timestamp_ms);
      texts.push_back(std::move(text));
    }
    return texts;
  }

  const DetectOptions options_;
  const Topology topology_;
  TestDriver driver_;
};

inline Texts matches(const Pattern<Letter>& pattern, const std::string& events, const DetectOptions& options = {}) {
  Fed run(pattern, options);
  run.feed(events);
  return run.matches();
}

}  // namespace weir::streams::pattern_letters
