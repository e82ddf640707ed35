#include "log/net/frame_reader.h"

#include <random>

#include <gtest/gtest.h>

#include "log/base/cursor.h"

namespace weir::log::net::frame_reader_test {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

std::string framed(const std::string& body) {
  std::string bytes(4, '\0');
  store_big_endian(bytes.data(), static_cast<std::int32_t>(body.size()));
  return bytes + body;
}

// As much of `bytes` as the reader takes at once is "received"; gives what was refused.
class Feed {
 public:
  explicit Feed(FrameReader& reader, std::size_t scratch = 64 * 1024) : reader_(reader), scratch_(scratch) {}

  Result<> operator()(Bytes bytes, std::size_t at_most = 1 << 30) {
    while (!bytes.empty()) {
      const auto room = reader_.room(scratch_);
      const std::size_t count = std::min({bytes.size(), room.size(), at_most});
      std::copy_n(bytes.data(), count, room.data());
      WEIR_TRY(reader_.received(room, count));
      bytes.remove_prefix(count);
      most_held_ = std::max(most_held_, reader_.held_bytes());
    }
    return {};
  }
  std::size_t most_held() const { return most_held_; }

 private:
  FrameReader& reader_;
  std::vector<char> scratch_;
  std::size_t most_held_ = 0;
};

TEST(FrameReader, gives_frames_whatever_the_pieces_are) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    FrameReader reader(2 * kMegabyte);
    Feed feed(reader, 1 + random() % 10'000);
    std::vector<std::string> bodies;
    std::string stream;
    for (int i = 0; i < 5; ++i) {
      const std::size_t size = random() % 4 == 0 ? random() % kMegabyte : random() % 300;
      bodies.emplace_back(size, static_cast<char>('a' + i));
      stream += framed(bodies.back());
    }
    Bytes rest = stream;
    while (!rest.empty()) {
      const std::size_t count = std::min<std::size_t>(rest.size(), 1 + random() % 100'000);
      ASSERT_TRUE(feed(rest.substr(0, count), 1 + random() % 50'000));
      rest.remove_prefix(count);
    }
    for (const auto& body : bodies) {
      ASSERT_TRUE(reader.has_frame());
      EXPECT_TRUE(reader.next().view() == body);
    }
    EXPECT_FALSE(reader.has_frame());
    EXPECT_FALSE(reader.is_within_frame());
    EXPECT_EQ(reader.held_bytes(), 0u);
  }
}

TEST(FrameReader, a_frame_of_nothing_is_one) {
  FrameReader reader(100);
  Feed feed(reader);
  ASSERT_TRUE(feed(framed("") + framed("x")));
  EXPECT_EQ(reader.next().size(), 0u);
  EXPECT_EQ(reader.next().view(), "x");
}

TEST(FrameReader, a_size_that_cannot_be_is_refused) {
  for (const Bytes size : {Bytes("\x80\0\0\0", 4), Bytes("\xff\xff\xff\xff", 4), Bytes("\0\0\0\x65", 4)}) {
    FrameReader reader(100);
    Feed feed(reader);
    const auto outcome = feed(size);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::corrupt_message);
  }
  FrameReader reader(100);
  Feed feed(reader);
  EXPECT_TRUE(feed(framed(std::string(100, 'x'))));
}

TEST(FrameReader, a_limit_is_for_the_frames_that_begin_then) {
  FrameReader reader(10);
  Feed feed(reader);
  ASSERT_TRUE(feed(framed("0123456789")));
  reader.set_max_bytes(20);
  EXPECT_TRUE(feed(framed("01234567890123456789")));
  reader.set_max_bytes(5);
  EXPECT_FALSE(feed(framed("012345")));
}

TEST(FrameReader, a_promise_takes_no_memory) {
  FrameReader reader(100 * kMegabyte);
  Feed feed(reader);
  std::string size(4, '\0');
  store_big_endian(size.data(), static_cast<std::int32_t>(100 * kMegabyte));
  ASSERT_TRUE(feed(size));
  EXPECT_LE(reader.held_bytes(), FrameReader::kFirstBytes);
  ASSERT_TRUE(feed(std::string(kMegabyte, 'x')));
  EXPECT_TRUE(reader.is_within_frame());
  EXPECT_LE(reader.held_bytes(), 2 * kMegabyte + FrameReader::kFirstBytes);
}

// A flow of long frames is not copied from buffer to buffer, and one that has sent little is promised nothing.
TEST(FrameReader, who_has_sent_a_long_frame_is_given_room_for_the_next) {
  FrameReader reader(100 * kMegabyte);
  Feed feed(reader);
  std::string size(4, '\0');
  store_big_endian(size.data(), static_cast<std::int32_t>(50 * kMegabyte));
  for (const std::size_t sent : {kMegabyte, 8 * kMegabyte, std::size_t{10}}) {
    ASSERT_TRUE(feed(framed(std::string(sent, 'x'))));
    EXPECT_EQ(reader.next().size(), sent);
    ASSERT_TRUE(feed(size));
    const std::size_t room = std::max(FrameReader::kFirstBytes, std::min(FrameReader::kMostAhead, sent));
    EXPECT_EQ(reader.held_bytes(), room);
    ASSERT_TRUE(feed(std::string(50 * kMegabyte, 'y')));
    EXPECT_EQ(reader.next().size(), 50 * kMegabyte);
  }
}

TEST(FrameReader, the_rest_of_a_long_frame_is_received_where_it_stays) {
  FrameReader reader(kMegabyte);
  std::vector<char> scratch(1'000);
  Feed feed(reader);
  const std::string body(100'000, 'x');
  ASSERT_TRUE(feed(framed(body).substr(0, 500)));
  const auto room = reader.room(scratch);
  EXPECT_NE(room.data(), scratch.data());
  EXPECT_EQ(room.size(), body.size() - 496);
  std::copy_n(body.data(), room.size(), room.data());
  ASSERT_TRUE(reader.received(room, room.size()));
  EXPECT_TRUE(reader.next().view() == body);
}

TEST(FrameReader, what_is_cleared_is_gone) {
  FrameReader reader(100);
  Feed feed(reader);
  ASSERT_TRUE(feed(framed("one") + framed("two").substr(0, 5)));
  reader.clear();
  EXPECT_FALSE(reader.has_frame());
  ASSERT_TRUE(feed(framed("three")));
  EXPECT_EQ(reader.next().view(), "three");
}

}  // namespace
}  // namespace weir::log::net::frame_reader_test
