// What a client may send to a server, changed a little: bytes in pieces become frames or are refused, and a broker that
// is handed what still reads as a request answers it with something that its version can carry, or lets it wait.
#include <filesystem>

#include "log/base/logging.h"
#include "log/net/frame_reader.h"
#include "log/server/broker_service.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"
#include "sim/memory_file.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz::served_test {
namespace {

using namespace weir::log;
using namespace weir::log::wire;

// Requests as Kafka's classes write them, with their size fields.
std::vector<OwnedBytes> recorded_requests() {
  std::vector<OwnedBytes> all;
  for (const auto& file : std::filesystem::directory_iterator(WEIR_TEST_DIR "/vectors/data/wire")) {
    for (const auto& line : recorded_lines("wire/" + file.path().filename().string())) {
      if (!line.contains("api_key") || vectors::text_of(line, "kind") != "request") continue;
      const auto bytes = vectors::bytes_of(line, "hex");
      if (line.contains("frame")) {
        all.push_back(bytes);
        continue;
      }
      const auto api = static_cast<ApiKey>(vectors::number_of(line, "api_key"));
      const auto version = static_cast<std::int16_t>(vectors::number_of(line, "version"));
      const RequestHeader header{api, version, 7, "fuzz"};
      OwnedBytes frame(kFrameSizeBytes, '\0');
      MessageWriter out(frame);
      EXPECT_TRUE(encode(header, request_header_version(version, find_api(api)->first_flexible_version), out));
      frame += bytes;
      store_big_endian(frame.data(), static_cast<std::int32_t>(frame.size() - kFrameSizeBytes));
      all.push_back(std::move(frame));
    }
  }
  return all;
}

TEST(ServedFuzz, bytes_in_pieces_become_frames_or_are_refused) {
  constexpr std::size_t kMost = 1 << 20;
  mutate(recorded_requests(), 50'000, [](const OwnedBytes& bytes) {
    net::FrameReader reader(kMost);
    std::vector<char> scratch(1 + bytes.size() % 37);
    Bytes rest = bytes;
    std::size_t given = 0;
    while (!rest.empty()) {
      const auto room = reader.room(scratch);
      const std::size_t count = std::min(room.size(), rest.size());
      std::copy_n(rest.data(), count, room.data());
      rest.remove_prefix(count);
      if (auto framed = reader.received(room, count); !framed) {
        EXPECT_EQ(framed.error().code, ErrorCode::corrupt_message);
        return;
      }
      while (reader.has_frame()) given += kFrameSizeBytes + reader.next().size();
      EXPECT_LE(reader.held_bytes(), net::FrameReader::kFirstBytes + 2 * bytes.size());
    }
    EXPECT_LE(given, bytes.size());
  });
}

// A broker over files in memory, a new one from time to time: what it was told to make must not pile up.
class Served {
 public:
  void answer(const OwnedBytes& bytes) {
    if (requests_++ % 2'000 == 0) begin();
    clock_.advance(Millis(1));
    (void)broker_->run_due();
    auto frame = parse_request_frame(SharedBytes::copy_of(bytes).slice(std::min(bytes.size(), kFrameSizeBytes)));
    if (!frame) return;
    const auto& header = frame->header;
    const auto versions = service_->versions(header.request_api_key);
    if (!versions || header.request_api_version < versions->min || header.request_api_version > versions->max) return;
    const ApiOps& api = *find_api_ops(header.request_api_key);
    auto request = api.request.make();
    if (!decode_body(api.request, request.get(), header.request_api_version, frame->body)) return;
    auto response = api.response.make();
    const Bytes client = header.client_id ? Bytes(*header.client_id) : Bytes();
    const HostPort here{"127.0.0.1", 9092};
    const net::Call call{api.api, header.request_api_version, loop_, client, "127.0.0.1", here};
    auto later = service_->answer(call, request.get(), response.get());
    if (later && !later->start()) {
      while (!later->done() && loop_.resume_ready(std::chrono::nanoseconds(0))) continue;
      if (!later->done()) return;  // it waits: taken back
    }
    if (later && !later->take()) return;  // closes the connection
    const auto told = response_frame(api, response.get(), header.request_api_version, header.correlation_id);
    EXPECT_TRUE(told) << api.name << ": " << told.error().to_string();
    ++answered_;
  }
  std::uint64_t answered() const { return answered_; }

 private:
  void begin() {
    service_.reset();
    broker_.reset();
    files_ = std::make_unique<MemoryFileSystem>();
    broker::BrokerOptions options;
    options.auto_create_topics = true;
    options.segment_bytes = 10'000;
    broker_ = broker::Broker::open(*files_, "log", clock_, options).value();
    service_.emplace(*broker_);
  }

  ManualClock clock_{1'700'000'000'000};
  Loop loop_{clock_};
  std::unique_ptr<MemoryFileSystem> files_;
  std::unique_ptr<broker::Broker> broker_;
  std::optional<server::BrokerService> service_;
  std::uint64_t requests_ = 0;
  std::uint64_t answered_ = 0;
};

TEST(ServedFuzz, a_changed_request_is_answered_or_refused) {
  Served served;
  set_log_level(LogLevel::off);
  mutate(recorded_requests(), 30'000, [&](const OwnedBytes& bytes) { served.answer(bytes); });
  set_log_level(LogLevel::info);
  const bool is_whole = std::getenv("WEIR_FUZZ_SEED") == nullptr;
  EXPECT_GE(served.answered(), is_whole ? 1'000u : 0u);
}

}  // namespace
}  // namespace weir::fuzz::served_test
