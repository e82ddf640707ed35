// Messages and frames of every API in every version that was recorded, changed a little. What still reads as a message
// can be written, and is read again as the same.
#include <filesystem>

#include "log/wire/frame.h"
#include "log/wire/messages/every_message.h"
#include "tests/fuzz/corpus.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz {
namespace {

using namespace weir::log;
using namespace weir::log::wire;

struct Recorded {
  ApiKey api;
  std::int16_t version;
  bool is_request;
  bool is_frame;
  OwnedBytes bytes;
};

std::vector<Recorded> recorded(bool frames) {
  std::vector<Recorded> all;
  for (const auto& file : std::filesystem::directory_iterator(WEIR_TEST_DIR "/vectors/data/wire")) {
    for (const auto& line : recorded_lines("wire/" + file.path().filename().string())) {
      if (!line.contains("api_key") || line.contains("frame") != frames) continue;
      all.push_back({static_cast<ApiKey>(vectors::number_of(line, "api_key")),
                     static_cast<std::int16_t>(vectors::number_of(line, "version")),
                     vectors::text_of(line, "kind") == "request", frames, vectors::bytes_of(line, "hex")});
    }
  }
  return all;
}

const OwnedBytes& bytes_of(const Recorded& item) {
  return item.bytes;
}

bool is_refusal(ErrorCode code) {
  return code == ErrorCode::truncated || code == ErrorCode::corrupt_message || code == ErrorCode::unsupported_version;
}

template <class Message>
void check_body(const SharedBytes& body, std::int16_t version) {
  const AllocationWatch watch;
  auto message = decoded<Message>(body, version);
  EXPECT_LE(watch.bytes(), reasonable(body.size()));
  if (!message) {
    EXPECT_TRUE(is_refusal(message.error().code)) << message.error().to_string();
    return;
  }
  auto written = encoded(*message, version);
  ASSERT_TRUE(written) << written.error().to_string();
  auto again = decoded<Message>(SharedBytes::copy_of(*written), version);
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(to_hex(*encoded(*again, version)), to_hex(*written));
}

TEST(WireFuzz, a_changed_message_is_taken_or_refused) {
  mutate(recorded(false), 400'000, bytes_of, [](const Recorded& item, const OwnedBytes& bytes) {
    const SharedBytes body = SharedBytes::copy_of(bytes);
    with_request_type(item.api, [&]<class Request>() {
      if (item.is_request) return check_body<Request>(body, item.version);
      check_body<typename Request::Response>(body, item.version);
    });
  });
}

void check_request(const SharedBytes& rest) {
  auto frame = parse_request_frame(rest);
  if (!frame) {
    EXPECT_TRUE(is_refusal(frame.error().code)) << frame.error().to_string();
    return;
  }
  with_request_type(frame->header.request_api_key,
                    [&]<class Request>() { check_body<Request>(frame->body, frame->header.request_api_version); });
}

template <class Request>
void check_response(const SharedBytes& rest, std::int16_t version) {
  const std::int16_t header = response_header_version(Request::kApiKey, version, Request::kFirstFlexibleVersion);
  auto frame = parse_response_frame(rest, header);
  if (frame) return check_body<typename Request::Response>(frame->body, version);
  EXPECT_TRUE(is_refusal(frame.error().code)) << frame.error().to_string();
}

TEST(WireFuzz, a_changed_frame_is_taken_or_refused) {
  mutate(recorded(true), 200'000, bytes_of, [](const Recorded& item, const OwnedBytes& bytes) {
    constexpr std::size_t kMost = 1 << 20;
    auto size = frame_size(bytes, kMost);
    EXPECT_TRUE(size || size.error().code == ErrorCode::corrupt_message) << size.error().to_string();
    if (!size || !*size || **size > bytes.size()) return;  // more is to come
    const SharedBytes rest = SharedBytes::copy_of(bytes).slice(kFrameSizeBytes, **size - kFrameSizeBytes);
    if (item.is_request) return check_request(rest);
    with_request_type(item.api, [&]<class Request>() { check_response<Request>(rest, item.version); });
  });
}

}  // namespace
}  // namespace weir::fuzz
