// tcp_produce, tcp_fetch: the client and the server over loopback, each on threads of its own. Floor: bare TCP with a
// blocking thread on either side, which does what cannot be left out: records into batches, a checksum on both sides,
// an append to a file or a read from it.
// tcp_e2e_p50: how long a record takes from `send` to the reader that waits for it, while half as many come as can.
// Floor: as many bytes there and back over a socket, at the same pace.
#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "bench/floor/files.h"
#include "bench/floor/sockets.h"
#include "bench/log_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 5'000'000;
const std::string kTopic = "records";

// A log that is served, and a client that comes to it by TCP as others do.
struct Served {
  log::Client server;
  log::Client client;
};

std::shared_ptr<Served> serve(const std::string& directory) {
  auto server = must(log::open(directory + "/log", {.listen = {"127.0.0.1:0"}}));
  auto client = must(log::connect(log::listening_on(server).front()));
  return std::make_shared<Served>(Served{std::move(server), std::move(client)});
}

// Produce ---------------------------------------------------------------------------------------------------------

constexpr int kInFlight = 5;

void produce(const log::Client& client, const Records& records) {
  auto producer = must(client.producer({.idempotent = false, .acks = 1}));
  auto* lane = must(producer->lane({kTopic, log::PartitionIndex(0)}));
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    must(producer->send(*lane, Records::time_ms(i), records.key(i), records.value()));
  }
  must(producer->flush());
}

// A batch comes with its size in it, and is answered by its offset.
void take_batches(floor::Socket& client, const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  std::vector<char> batch(floor::kBatchBytes * 2);
  std::int64_t offset = 0;
  while (client.read_all(batch.data(), floor::kHeader)) {
    const std::size_t size = floor::batch_size(batch.data());
    client.read_all(batch.data() + floor::kHeader, size - floor::kHeader);
    if (!floor::has_right_checksum(batch.data())) give_up("tcp_produce: a checksum is wrong");
    if (::write(file, batch.data(), size) != static_cast<ssize_t>(size)) give_up("a write failed");
    char answer[sizeof offset];
    floor::put(answer, offset);
    client.write_all(answer, sizeof answer);
    offset += floor::get<std::int32_t>(batch.data() + 57);
  }
  ::close(file);
}

void produce_by_hand(const std::string& path, const Records& records) {
  floor::Server server([&path](floor::Socket& client) { take_batches(client, path); });
  floor::Socket socket(server.connect());
  floor::BatchWriter writer(floor::kBatchBytes);
  int in_flight = 0;
  const auto await_one = [&] {
    char answer[sizeof(std::int64_t)];
    socket.read_all(answer, sizeof answer);
    --in_flight;
  };
  const auto send = [&] {
    if (in_flight == kInFlight) await_one();
    const std::string_view batch = writer.seal();
    socket.write_all(batch.data(), batch.size());
    writer.reset();
    ++in_flight;
  };
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    writer.add(Records::time_ms(i), records.key(i), records.value());
    if (writer.full()) send();
  }
  if (!writer.empty()) send();
  while (in_flight > 0) await_one();
  socket.end();
}

Benchmark::Sides prepare_produce(const std::string& directory) {
  auto records = std::make_shared<Records>();
  auto served = serve(directory);
  return {[=] {
            make_topic(served->client, kTopic);
            Run run = timed(kRecords, [&] { produce(served->client, *records); });
            must(served->client.admin()->delete_topic(kTopic));
            return run;
          },
          [=] {
            const std::string path = directory + "/floor";
            Run run = timed(kRecords, [&] { produce_by_hand(path, *records); });
            ::unlink(path.c_str());
            return run;
          }};
}

// Fetch -----------------------------------------------------------------------------------------------------------

void fetch(const log::Client& client) {
  auto consumer = must(client.consumer());
  must(consumer->assign({{kTopic, log::PartitionIndex(0)}}));
  log::BatchReader reader;
  std::array<log::RecordView, 64> views;
  std::uint64_t seen = 0;
  std::uint64_t sum = 0;
  while (seen < kRecords) {
    for (const auto& fetched : must(consumer->poll(Millis(1000)))) {
      must(reader.open(fetched.batch));
      while (std::size_t count = must(reader.fill(views))) {
        for (std::size_t i = 0; i < count; ++i) sum += static_cast<unsigned char>(views[i].value->front());
        seen += count;
      }
    }
  }
  if (sum != kRecords * 'v') give_up("tcp_fetch: other records than were written");
}

// A request is a position; the answer is how many bytes follow, and those, from the page cache to the socket.
void give_pieces(floor::Socket& client, const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY);
  struct stat about {};
  ::fstat(file, &about);
  char position[sizeof(std::int64_t)];
  while (client.read_all(position, sizeof position)) {
    off_t at = floor::get<std::int64_t>(position);
    std::int64_t left = std::min<std::int64_t>(floor::kPieceBytes, about.st_size - at);
    char size[sizeof left];
    floor::put(size, left);
    client.write_all(size, sizeof size);
    while (left > 0) {
      const auto sent = ::sendfile(client.descriptor(), file, &at, static_cast<std::size_t>(left));
      if (sent <= 0) give_up("a sendfile failed");
      left -= sent;
    }
  }
  ::close(file);
}

// One piece is asked for ahead, while the records of the one before are looked at.
void fetch_by_hand(const std::string& path) {
  floor::Server server([&path](floor::Socket& client) { give_pieces(client, path); });
  floor::Socket socket(server.connect());
  std::vector<char> piece(floor::kPieceBytes * 2);
  std::uint64_t seen = 0, sum = 0;
  std::int64_t position = 0;
  std::size_t rest = 0;  // of a batch that is not whole, at the beginning of the buffer
  const auto ask = [&] {
    char at[sizeof position];
    floor::put(at, position);
    socket.write_all(at, sizeof at);
  };
  ask();
  while (seen < kRecords) {
    char size_bytes[sizeof(std::int64_t)];
    socket.read_all(size_bytes, sizeof size_bytes);
    const auto size = static_cast<std::size_t>(floor::get<std::int64_t>(size_bytes));
    socket.read_all(piece.data() + rest, size);
    position += static_cast<std::int64_t>(size);
    ask();
    rest += size;
    std::size_t used = 0;
    while (rest - used > floor::kHeader && floor::batch_size(piece.data() + used) <= rest - used) {
      const bool is_right = floor::each_record(piece.data() + used, [&](const floor::Record& record) {
        sum += static_cast<unsigned char>(record.value.front());
        ++seen;
      });
      if (!is_right) give_up("a checksum is wrong");
      used += floor::batch_size(piece.data() + used);
    }
    rest -= used;
    std::memmove(piece.data(), piece.data() + used, rest);
  }
  if (sum != kRecords * 'v') give_up("tcp_fetch: other records than were written");
  char last[sizeof(std::int64_t)];
  socket.read_all(last, sizeof last);
  socket.end();
}

Benchmark::Sides prepare_fetch(const std::string& directory) {
  auto served = serve(directory);
  const std::string path = directory + "/floor";
  Records records;
  floor::LogWriter writer(path);
  fill_topic(served->server, kTopic, [&](const Send& send) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      send(Records::time_ms(i), records.key(i), records.value());
      writer.add(Records::time_ms(i), records.key(i), records.value());
    }
  });
  writer.flush();
  return {[=] { return timed(kRecords, [&] { fetch(served->client); }); },
          [=] {
            return timed(kRecords, [&] { fetch_by_hand(path); });
          }};
}

// Latency ---------------------------------------------------------------------------------------------------------

constexpr std::size_t kRecordBytes = 100;
constexpr std::uint64_t kPaced = 20'000;

std::int64_t now_ns() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

// Calls `send` so many times, each at its time, whatever the ones before took.
void paced(std::uint64_t count, double per_second, const std::function<void()>& send) {
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_until(
        begin + std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / per_second)));
    send();
  }
}

Run latency_run(std::vector<std::int64_t> took_ns, double per_second) {
  std::sort(took_ns.begin(), took_ns.end());
  const auto us = [&](double share) {
    return static_cast<double>(took_ns[static_cast<std::size_t>(share * static_cast<double>(took_ns.size() - 1))]) *
           1e-3;
  };
  Run run{1, us(0.5) * 1e-6, 0, {}};
  run.detail = fmt::format("{:.0f} a second: p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us", per_second, us(0.5),
                           us(0.99), us(0.999));
  return run;
}

class EndToEnd {
 public:
  explicit EndToEnd(const log::Client& client)
      : consumer_(must(client.consumer())), producer_(must(client.producer({.idempotent = false, .acks = 1}))) {
    make_topic(client, kTopic);
    lane_ = must(producer_->lane({kTopic, log::PartitionIndex(0)}));
    must(consumer_->assign({{kTopic, log::PartitionIndex(0)}}));
    send();
    while (must(consumer_->poll(Millis(1000))).empty()) {
    }
  }

  // How many a second there can be, one after another.
  double most_per_second() {
    constexpr std::uint64_t kTries = 10'000;
    const Run run = timed(kTries, [this] { (void)exchange(1e9, kTries); });
    return static_cast<double>(run.amount) / run.seconds;
  }
  // Nanoseconds each.
  std::vector<std::int64_t> exchange(double per_second, std::uint64_t count) {
    std::vector<std::int64_t> took;
    std::thread sender([&] { paced(count, per_second, [this] { send(); }); });
    log::BatchReader reader;
    std::array<log::RecordView, 64> views;
    while (took.size() < count) {
      for (const auto& fetched : must(consumer_->poll(Millis(1000)))) {
        const std::int64_t came_ns = now_ns();
        must(reader.open(fetched.batch));
        while (std::size_t filled = must(reader.fill(views))) {
          for (std::size_t i = 0; i < filled; ++i) {
            took.push_back(came_ns - floor::get<std::int64_t>(views[i].value->data()));
          }
        }
      }
    }
    sender.join();
    return took;
  }

 private:
  void send() {
    char value[kRecordBytes] = {};
    floor::put(value, now_ns());
    must(producer_->send(*lane_, 1, std::nullopt, std::string_view(value, sizeof value)));
    must(producer_->flush());
  }

  std::unique_ptr<log::Consumer> consumer_;
  std::unique_ptr<log::Producer> producer_;
  log::Producer::Lane* lane_ = nullptr;
};

std::vector<std::int64_t> ping_pong(double per_second) {
  std::vector<std::int64_t> took;
  floor::Server server([](floor::Socket& client) {
    char record[kRecordBytes];
    while (client.read_all(record, sizeof record)) client.write_all(record, sizeof record);
  });
  floor::Socket socket(server.connect());
  char record[kRecordBytes] = {};
  paced(kPaced, per_second, [&] {
    const std::int64_t begin_ns = now_ns();
    socket.write_all(record, sizeof record);
    socket.read_all(record, sizeof record);
    took.push_back(now_ns() - begin_ns);
  });
  socket.end();
  return took;
}

Benchmark::Sides prepare_latency(const std::string& directory) {
  auto served = serve(directory);
  auto pair = std::make_shared<EndToEnd>(served->client);
  const double half = pair->most_per_second() / 2;
  return {[=] { return latency_run((void(served), pair->exchange(half, kPaced)), half); },
          [=] {
            return latency_run(ping_pong(half), half);
          }};
}

const Register tcp_produce({"tcp_produce", "records/s",
                            "100 B records, one send each, batches of 128 KiB, acks=1, over loopback",
                            prepare_produce});
const Register tcp_fetch({"tcp_fetch", "records/s",
                          "100 B records, batches of 128 KiB, from the page cache, CRC checked, over loopback",
                          prepare_fetch});
const Register tcp_e2e({"tcp_e2e_p50", "seconds",
                        "a record of 100 B from send to its reader, over loopback, at half load; floor: there and back",
                        prepare_latency, Measure::cost});

}  // namespace

}  // namespace weir::bench
