// connect_file_in: a file's lines become records; connect_file_out: records become lines of JSON. Floors: the same by
// one loop over the file and a file of batches, no positions kept, synced at the end as a sink is.
#include "connect/connect.h"

#include <cstring>

#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRecords = 3'000'000;

// A file that is written through a buffer.
class Output {
 public:
  explicit Output(const std::string& path) : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644)) {
    if (file_ < 0) give_up("cannot make " + path);
  }
  ~Output() { ::close(file_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string& buffer() { return buffer_; }
  void write_if_full() {
    if (buffer_.size() >= kPiece) write();
  }
  void write() {
    if (::write(file_, buffer_.data(), buffer_.size()) != static_cast<ssize_t>(buffer_.size())) give_up("write failed");
    buffer_.clear();
  }
  void sync() {
    write();
    if (::fdatasync(file_) != 0) give_up("a sync failed");
  }

 private:
  static constexpr std::size_t kPiece = 256 * 1024;

  int file_;
  std::string buffer_;
};

void write_lines(const std::string& path) {
  const Lines lines;
  Random random(3);
  Output out(path);
  for (std::uint64_t i = 0; i < kRecords; ++i) {
    out.buffer() += lines.line(random);
    out.buffer() += '\n';
    out.write_if_full();
  }
  out.write();
}

void bring_in_by_hand(const std::string& in, const std::string& out) {
  const int file = ::open(in.c_str(), O_RDONLY);
  if (file < 0) give_up("cannot open " + in);
  floor::LogWriter writer(out);
  std::vector<char> buffer(2 * floor::kPieceBytes);
  std::size_t kept = 0;  // of a line whose end is not read yet
  for (;;) {
    const ssize_t got = ::read(file, buffer.data() + kept, floor::kPieceBytes);
    if (got < 0) give_up("a read failed");
    if (got == 0) break;
    const char* at = buffer.data();
    const char* end = at + kept + static_cast<std::size_t>(got);
    for (;;) {
      const auto* line_end = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
      if (line_end == nullptr) break;
      writer.add(Records::time_ms(0), {}, {at, static_cast<std::size_t>(line_end - at)});
      at = line_end + 1;
    }
    kept = static_cast<std::size_t>(end - at);
    std::memmove(buffer.data(), at, kept);
  }
  writer.flush();
  ::close(file);
}

void append_escaped(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') {
      out += c;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape;
    }
  }
  out += '"';
}

void take_out_by_hand(const std::string& in, const std::string& path) {
  floor::LogReader reader(in);
  Output out(path);
  reader.read_all([&out](const floor::Record& record) {
    out.buffer() += "{\"key\":";
    append_escaped(record.key, out.buffer());
    out.buffer() += ",\"value\":";
    append_escaped(record.value, out.buffer());
    out.buffer() += "}\n";
    out.write_if_full();
  });
  out.sync();
}

Benchmark::Sides prepare_in(const std::string& directory) {
  const std::string lines = directory + "/lines";
  write_lines(lines);
  auto client = std::make_shared<log::Client>(open_log(directory));
  auto runs = std::make_shared<int>(0);
  return {[=] {
            const std::string name = "lines-" + std::to_string(++*runs);
            Run run = timed(kRecords, [&] {
              auto report = must(connect::run_source_until_end(*client, connect::file_source({.path = lines}),
                                                               {.name = name, .topic = "lines"}));
              if (report.records != kRecords) give_up("connect_file_in: a line is missing");
            });
            must(client->admin()->delete_topic("lines"));
            return run;
          },
          [=] {
            return timed(kRecords, [&] { bring_in_by_hand(lines, directory + "/floor"); });
          }};
}

Benchmark::Sides prepare_out(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  floor::LogWriter writer(directory + "/floor");
  fill_topic(*client, "lines", [&](const Send& send) {
    const Lines lines;
    const Records records;
    Random random(3);
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      const std::string line = lines.line(random);
      send(Records::time_ms(i), records.key(i), line);
      writer.add(Records::time_ms(i), records.key(i), line);
    }
  });
  writer.flush();
  auto runs = std::make_shared<int>(0);
  return {[=] {
            const std::string name = "out-" + std::to_string(++*runs);
            Run run = timed(kRecords, [&] {
              auto report = must(connect::run_sink_until_end(
                  *client, connect::file_sink({.path = directory + "/" + name}), {.name = name, .topics = {"lines"}}));
              if (report.records != kRecords) give_up("connect_file_out: a record is missing");
            });
            ::unlink((directory + "/" + name).c_str());
            return run;
          },
          [=] {
            const std::string path = directory + "/out-by-hand";
            Run run = timed(kRecords, [&] { take_out_by_hand(directory + "/floor", path); });
            ::unlink(path.c_str());
            return run;
          }};
}

const Register file_in({"connect_file_in", "records/s",
                        "lines of ten words into a topic; positions in the same transactions (the floor: none)",
                        prepare_in});
const Register file_out({"connect_file_out", "records/s",
                         "key of 16 letters and a line of ten words into JSON lines, synced; commits each second (the "
                         "floor: none)",
                         prepare_out});

}  // namespace

}  // namespace weir::bench
