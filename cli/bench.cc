// weir bench: how fast records are appended and read, and how long one is on its way.
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/cursor.h"
#include "log/base/saturate.h"
#include "log/log.h"

namespace weir::cli {

namespace {

constexpr std::size_t kTimeBytes = 8;  // at the beginning of a value: when it was sent

struct BenchOptions {
  LogPlace log;
  std::string topic = "weir-bench";
  std::int32_t partitions = 1;
  std::uint64_t records = 1'000'000;
  std::size_t record_bytes = 100;
  std::size_t batch_bytes = 128 * 1024;
  std::optional<std::int64_t> linger_ms{};
  std::string acks = "all";
  std::string compression = "none";
  double rate = 0;  // records a second; 0: as many as can be
};

// Nanoseconds, of many.
class Latencies {
 public:
  void add(std::int64_t ns) { all_.push_back(ns); }
  std::string text() {
    if (all_.empty()) return "";
    std::ranges::sort(all_);
    const auto ms = [this](double share) {
      return static_cast<double>(all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))]) * 1e-6;
    };
    return fmt::format("latency ms: p50 {:.3f}, p99 {:.3f}, p99.9 {:.3f}, most {:.3f}\n", ms(0.5), ms(0.99), ms(0.999),
                       ms(1));
  }

 private:
  std::vector<std::int64_t> all_;
};

std::string rate_text(const BenchOptions& options, std::int64_t took_ns) {
  const double seconds = static_cast<double>(std::max<std::int64_t>(took_ns, 1)) * 1e-9;
  const double per_second = static_cast<double>(options.records) / seconds;
  return fmt::format("{} records of {} bytes in {:.3f} s: {:.0f} records/s, {:.1f} MB/s\n", options.records,
                     options.record_bytes, seconds, per_second,
                     per_second * static_cast<double>(options.record_bytes) * 1e-6);
}

// Holds each record back until its time has come, whatever the ones before took.
class Pace {
 public:
  Pace(Clock& clock, double per_second)
      : clock_(clock), parker_(clock.make_parker()), per_second_(per_second), begin_ns_(clock.monotonic_ns()) {}
  void await(std::uint64_t number) {
    if (per_second_ <= 0) return;
    const auto due_ns = begin_ns_ + static_cast<std::int64_t>(static_cast<double>(number) * 1e9 / per_second_);
    while (clock_.monotonic_ns() < due_ns) (void)parker_->park(due_ns);
  }

 private:
  Clock& clock_;
  std::unique_ptr<Parker> parker_;
  const double per_second_;
  const std::int64_t begin_ns_;
};

// Sends records to the partitions in turn; the first bytes of each value say when.
class Load {
 public:
  static Result<Load> on(const log::Client& client, const BenchOptions& options) {
    log::ProducerOptions chosen;
    chosen.acks = options.acks == "all" ? std::int16_t{-1} : static_cast<std::int16_t>(options.acks[0] - '0');
    chosen.idempotent = chosen.acks == -1;
    chosen.batch_bytes = options.batch_bytes;
    chosen.compression = *log::compression_named(options.compression);
    if (options.linger_ms) chosen.linger = Millis(*options.linger_ms);
    chosen.reports_deliveries = true;
    WEIR_TRY_VAR(producer, client.producer(chosen));
    Load load(client.clock(), options, std::move(producer));
    for (std::int32_t i = 0; i < options.partitions; ++i) {
      WEIR_TRY_VAR(lane, load.producer_->lane({options.topic, log::PartitionIndex(i)}));
      load.lanes_.push_back(lane);
    }
    return load;
  }

  Result<> send(std::uint64_t number) {
    const std::size_t partition = number % lanes_.size();
    const std::int64_t now_ns = clock_->monotonic_ns();
    store_big_endian(value_.data(), now_ns);
    sent_[partition].push_back(now_ns);
    WEIR_TRY(producer_->send(*lanes_[partition], clock_->wall_ms(), std::nullopt, Bytes(value_)));
    return {};
  }
  Result<> flush() { return producer_->flush(); }
  void take_deliveries(Latencies& latencies) {
    const std::int64_t now_ns = clock_->monotonic_ns();
    for (const auto& delivery : producer_->take_deliveries()) {
      auto& sent = sent_[static_cast<std::size_t>(delivery.partition.partition.value())];
      for (std::int32_t left = delivery.count; left > 0; --left) {
        latencies.add(now_ns - sent.front());
        sent.pop_front();
      }
    }
  }

 private:
  Load(Clock& clock, const BenchOptions& options, std::unique_ptr<log::Producer> producer)
      : clock_(&clock),
        producer_(std::move(producer)),
        sent_(static_cast<std::size_t>(options.partitions)),
        value_(options.record_bytes, 'v') {}

  Clock* clock_;
  std::unique_ptr<log::Producer> producer_;
  std::vector<log::Producer::Lane*> lanes_;
  std::vector<std::deque<std::int64_t>> sent_;  // by partition: when those left that are not acknowledged
  std::string value_;
};

// A topic that was not there before is gone behind it.
template <class Work>
Result<int> with_topic(const BenchOptions& options, Work work) {
  WEIR_TRY_VAR(client, open_or_make(options.log));
  auto admin = client.admin();
  auto made = admin->create_topic({options.topic, options.partitions, {}});
  if (!made && made.error().code != ErrorCode::topic_already_exists) return fail(made.error());
  auto done = work(client);
  if (made) WEIR_TRY(admin->delete_topic(options.topic));
  WEIR_TRY_VAR(text, std::move(done));
  WEIR_TRY(print(text));
  return kDone;
}

Result<int> append(const BenchOptions& options) {
  return with_topic(options, [&](const log::Client& client) -> Result<std::string> {
    WEIR_TRY_VAR(load, Load::on(client, options));
    constexpr std::uint64_t kBetweenLooks = 64;
    Latencies latencies;
    Pace pace(client.clock(), options.rate);
    const std::int64_t begin_ns = client.clock().monotonic_ns();
    for (std::uint64_t i = 0; i < options.records; ++i) {
      pace.await(i);
      WEIR_TRY(load.send(i));
      if (options.rate > 0 && !options.linger_ms) WEIR_TRY(load.flush());
      if (i % kBetweenLooks == 0 || options.rate > 0) load.take_deliveries(latencies);
    }
    WEIR_TRY(load.flush());
    const std::int64_t took_ns = client.clock().monotonic_ns() - begin_ns;
    load.take_deliveries(latencies);
    return rate_text(options, took_ns) + (options.acks == "0" ? "" : latencies.text());
  });
}

std::vector<log::TopicPartition> all_of(const BenchOptions& options) {
  std::vector<log::TopicPartition> all;
  for (std::int32_t i = 0; i < options.partitions; ++i) all.push_back({options.topic, log::PartitionIndex(i)});
  return all;
}

// visit(value) for so many records, as they come. timed_out: none came for half a minute.
template <class Visit>
Result<> read(log::Consumer& consumer, std::uint64_t records, Visit visit) {
  log::BatchReader reader;
  std::array<log::RecordView, 64> views;
  for (std::uint64_t seen = 0; seen < records;) {
    WEIR_TRY_VAR(batches, consumer.poll(Millis(30'000)));
    if (batches.empty()) return fail(ErrorCode::timed_out, "no records came within 30 s");
    for (const auto& fetched : batches) {
      WEIR_TRY(reader.open(fetched.batch));
      for (;;) {
        WEIR_TRY_VAR(count, reader.fill(views));
        if (count == 0) break;
        for (std::size_t i = 0; i < count; ++i) visit(views[i].value.value_or(Bytes()));
        seen += count;
      }
    }
  }
  return {};
}

Result<int> fetch(const BenchOptions& options) {
  return with_topic(options, [&](const log::Client& client) -> Result<std::string> {
    WEIR_TRY_VAR(load, Load::on(client, options));
    for (std::uint64_t i = 0; i < options.records; ++i) WEIR_TRY(load.send(i));
    WEIR_TRY(load.flush());
    WEIR_TRY_VAR(consumer, client.consumer());
    WEIR_TRY(consumer->assign(all_of(options)));
    const std::int64_t begin_ns = client.clock().monotonic_ns();
    WEIR_TRY(read(*consumer, options.records, [](Bytes) {}));
    return rate_text(options, client.clock().monotonic_ns() - begin_ns);
  });
}

Result<int> e2e(const BenchOptions& options) {
  return with_topic(options, [&](const log::Client& client) -> Result<std::string> {
    log::ConsumerOptions reading;
    reading.offset_reset = log::OffsetReset::latest;
    WEIR_TRY_VAR(consumer, client.consumer(reading));
    WEIR_TRY(consumer->assign(all_of(options)));
    for (const auto& partition : consumer->assignment()) WEIR_TRY(consumer->position(partition));
    WEIR_TRY_VAR(load, Load::on(client, options));
    Result<> sent;
    Latencies latencies;
    const std::int64_t begin_ns = client.clock().monotonic_ns();
    Result<> came;
    {
      std::function<void()> work = [&] {
        Pace pace(client.clock(), options.rate);
        for (std::uint64_t i = 0; i < options.records && sent; ++i) {
          pace.await(i);
          sent = load.send(i);
          if (sent && !options.linger_ms) sent = load.flush();
        }
        if (sent) sent = load.flush();
        if (!sent) consumer->wakeup();
      };
      WEIR_TRY_VAR(sender, client.clock().start_thread("weir-bench", std::move(work)));
      came = read(*consumer, options.records, [&](Bytes value) {
        if (value.size() < kTimeBytes) return;  // somebody else's
        latencies.add(client.clock().monotonic_ns() - load_big_endian<std::int64_t>(value.data()));
      });
    }
    WEIR_TRY(sent);
    WEIR_TRY(came);
    return rate_text(options, client.clock().monotonic_ns() - begin_ns) + latencies.text();
  });
}

CLI::App* add_verb(CLI::App& bench, const char* name, const char* about, BenchOptions& options) {
  auto* verb = bench.add_subcommand(name, about);
  add_log(*verb, options.log);
  verb->add_option("--topic", options.topic, "default weir-bench; made, and deleted, if it is not there")
      ->type_name("TOPIC");
  verb->add_option("-p,--partitions", options.partitions, "that many of it are used; default 1")
      ->check(CLI::Range(1, 100'000))
      ->type_name("N");
  verb->add_option("-n,--records", options.records, "how many; default 1000000, for e2e 10000")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  verb->add_option("--record-bytes", options.record_bytes, "of each value; default 100")
      ->check(CLI::Range(kTimeBytes, std::size_t{1} << 24))
      ->type_name("BYTES");
  verb->add_option("--batch-bytes", options.batch_bytes, "a batch is sent when it is so large; default 131072")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30))
      ->type_name("BYTES");
  verb->add_option("--linger", options.linger_ms, "or when it has waited for so long; default: when it is flushed")
      ->check(CLI::NonNegativeNumber)
      ->type_name("MS");
  verb->add_option("--acks", options.acks, "all, 1 or 0; default all")->check(CLI::IsMember({"all", "1", "0"}));
  verb->add_option("--compression", options.compression, "default none")
      ->check(CLI::IsMember({"none", "gzip", "snappy", "lz4", "zstd"}));
  return verb;
}

void add_rate(CLI::App& verb, BenchOptions& options, const char* about) {
  verb.add_option("--rate", options.rate, about)->check(CLI::NonNegativeNumber)->type_name("PER_SECOND");
}

}  // namespace

void add_bench_commands(CLI::App& app, Action& chosen) {
  auto* bench = app.add_subcommand("bench", "how fast a log is, in a directory or elsewhere");
  bench->require_subcommand(1);
  auto appended = std::make_shared<BenchOptions>();
  auto* verb =
      add_verb(*bench, "append", "append records; tells the rate, and how long acknowledgements took", *appended);
  add_rate(*verb, *appended, "so many, each sent by itself; default: as many as can be");
  choose(*verb, chosen, appended, append);
  auto fetched = std::make_shared<BenchOptions>();
  choose(*add_verb(*bench, "fetch", "append records, then read them all; tells the rate of reading", *fetched), chosen,
         fetched, fetch);
  auto sent = std::make_shared<BenchOptions>();
  sent->records = 10'000;
  sent->rate = 1'000;
  verb = add_verb(*bench, "e2e", "append records while somebody reads; tells how long each was on its way", *sent);
  add_rate(*verb, *sent, "so many; 0: as many as can be; default 1000");
  choose(*verb, chosen, sent, e2e);
}

}  // namespace weir::cli
