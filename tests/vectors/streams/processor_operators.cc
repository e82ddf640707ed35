// The processors of the vectors (data/streams, "Processors"), written as a user writes them.
#include <algorithm>

#include "tests/vectors/streams/construction.h"
#include "tests/vectors/streams/spec.h"

namespace weir::vectors {

namespace {

using streams::TimerClock;
using TextRecord = streams::ProcessorRecord<Text, Text>;
using TextContext = streams::ProcessorContext<Text, Text>;
using ValueContext = streams::FixedKeyContext<Text>;
using Strings = streams::KeyValueStore<std::string, std::string>;
using Numbers = streams::KeyValueStore<std::string, std::int64_t>;

Text text(const std::string* maybe) {
  return maybe == nullptr ? Text() : Text(*maybe);
}

struct DedupTtl {
  std::string store;
  std::int64_t ttl_ms;
  Numbers seen = {};

  void open(TextContext& context) { seen = context.store<Numbers>(store); }
  void process(TextContext& context, const TextRecord& record) {
    if (record.value() == nullptr) return;
    const std::int64_t* before = seen.get(*record.value());
    if (before != nullptr && record.timestamp_ms() - *before < ttl_ms) return;
    seen.put(*record.value(), record.timestamp_ms());
    context.forward(text(record.key()), text(record.value()));
  }
};

struct RunningCount {
  std::string store;
  Numbers counts = {};

  template <class Context>
  void open(Context& context) {
    counts = context.template store<Numbers>(store);
  }
  template <class Context>
  void process(Context& context, const TextRecord& record) {
    if (record.key() == nullptr) return;
    const Text counted = rendered(text(record.value())) + "#" + std::to_string(++counts.edit(*record.key()));
    if constexpr (std::same_as<Context, TextContext>) {
      context.forward(text(record.key()), counted);
    } else {
      context.forward(counted);
    }
  }
};

struct Previous {
  std::string store;
  Strings last = {};

  void open(ValueContext& context) { last = context.store<Strings>(store); }
  void process(ValueContext& context, const TextRecord& record) {
    if (record.key() == nullptr) return;
    context.forward(rendered(text(last.get(*record.key()))) + "->" + rendered(text(record.value())));
    if (record.value() != nullptr) {
      last.put(*record.key(), *record.value());
    } else {
      last.erase(*record.key());
    }
  }
};

struct StreamTime {
  void process(ValueContext& context, const TextRecord& record) {
    context.forward(rendered(text(record.value())) + "@" + std::to_string(record.timestamp_ms()) + "/" +
                    std::to_string(context.stream_time_ms()));
  }
};

// Holds the last value of each key until the timer gives them all.
struct Punctuate {
  std::string store;
  TimerClock clock;
  std::int64_t interval_ms;
  Strings held = {};

  void open(TextContext& context) {
    held = context.store<Strings>(store);
    context.schedule(Millis(interval_ms), clock, [this, &context](std::int64_t now_ms) {
      for (auto row : held.all()) {
        context.forward(row.key, row.value + "@" + std::to_string(now_ms));
        held.erase(row.key);
      }
    });
  }
  void process(TextContext&, const TextRecord& record) {
    if (record.key() == nullptr) return;
    if (record.value() != nullptr) {
      held.put(*record.key(), *record.value());
    } else {
      held.erase(*record.key());
    }
  }
};

struct Tick {
  TimerClock clock;
  std::int64_t interval_ms;
  std::optional<std::int64_t> max;
  std::int64_t fired = 0;
  streams::Timer timer = {};

  void open(TextContext& context) {
    timer = context.schedule(Millis(interval_ms), clock, [this, &context](std::int64_t now_ms) {
      context.forward("tick", std::to_string(now_ms) + "/" + std::to_string(context.stream_time_ms()));
      if (++fired == max) timer.cancel();
    });
  }
  void process(TextContext& context, const TextRecord& record) {
    context.forward(text(record.key()), text(record.value()));
  }
};

struct TopN {
  std::string store;
  std::size_t size;
  Strings lists = {};

  void open(TextContext& context) { lists = context.store<Strings>(store); }
  void process(TextContext& context, const TextRecord& record) {
    if (record.key() == nullptr || !is_integer(text(record.value()))) return;
    const std::string before = text(lists.get(*record.key())).value_or("");
    std::vector<std::int64_t> largest{number_in(text(record.value()))};
    for (std::size_t at = 0; at < before.size();) {
      const std::size_t end = std::min(before.find(',', at), before.size());
      largest.push_back(std::stoll(before.substr(at, end - at)));
      at = end + 1;
    }
    std::sort(largest.begin(), largest.end(), std::greater<>());
    if (largest.size() > size) largest.resize(size);
    std::string list;
    for (std::int64_t number : largest) list += (list.empty() ? "" : ",") + std::to_string(number);
    if (list == before) return;
    lists.put(*record.key(), list);
    context.forward(text(record.key()), list);
  }
};

struct RekeyShift {
  std::int64_t shift_ms;

  void process(TextContext& context, const TextRecord& record) {
    context.forward(rendered(text(record.value())), rendered(text(record.key())),
                    {.timestamp_ms = record.timestamp_ms() + shift_ms});
  }
};

template <class P>
void process(Construction& c, const Object& node, P processor, const std::vector<std::string>& stores = {}) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).process<Text, Text>(std::move(processor), {.stores = stores}));
}

template <class P>
void process_values(Construction& c, const Object& node, P processor, const std::vector<std::string>& stores = {}) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).process_values<Text>(std::move(processor), {.stores = stores}));
}

void add_process(Construction& c, const Object& node) {
  const Spec spec(node.at("processor"));
  const std::string store = text_of(node, "id") + "-st";
  const std::string& name = spec.name();
  const TimerClock clock = name.starts_with("stream") ? TimerClock::stream_time : TimerClock::wall_clock;
  if (name == "rekey_shift") return process(c, node, RekeyShift{spec.number()});
  if (name.ends_with("_tick")) {
    return process(c, node, Tick{clock, spec.number(), spec.has(1) ? std::optional(spec.number(1)) : std::nullopt});
  }
  if (name == "dedup_ttl" || name == "running_count") {
    c.builder.add_store<Numbers>({.store = store});
    if (name == "dedup_ttl") return process(c, node, DedupTtl{store, spec.number()}, {store});
    return process(c, node, RunningCount{store}, {store});
  }
  c.builder.add_store<Strings>({.store = store});
  if (name.ends_with("_punctuate")) return process(c, node, Punctuate{store, clock, spec.number()}, {store});
  if (name == "top_n") return process(c, node, TopN{store, static_cast<std::size_t>(spec.number())}, {store});
  throw spec.unknown("processor");
}

void add_process_values(Construction& c, const Object& node) {
  const Spec spec(node.at("processor"));
  const std::string store = text_of(node, "id") + "-st";
  if (spec.name() == "stream_time") return process_values(c, node, StreamTime{});
  if (spec.name() == "running_count") {
    c.builder.add_store<Numbers>({.store = store});
    return process_values(c, node, RunningCount{store}, {store});
  }
  if (spec.name() == "previous") {
    c.builder.add_store<Strings>({.store = store});
    return process_values(c, node, Previous{store}, {store});
  }
  throw spec.unknown("fixed-key processor");
}

}  // namespace

const std::vector<OperatorRow>& processor_operators() {
  static const std::vector<OperatorRow> rows{{"process", add_process}, {"process_values", add_process_values}};
  return rows;
}

}  // namespace weir::vectors
