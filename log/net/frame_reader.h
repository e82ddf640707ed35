// FrameReader: makes frames of the bytes of a connection, in the pieces in which they come.
//
// No I/O: whoever receives asks where the bytes may go (`room`) and says how many came. Small frames come by a buffer
// that many connections share; the rest of a long one is received where it stays. Memory is taken for what has come,
// not for what a size field promises: a frame's buffer begins with kFirstBytes at most and doubles. Whoever has sent a
// long frame is given as much, up to kMostAhead, for the next one at once, so that a flow of them is not copied.
//
//   held_bytes() <= 2 * bytes received and not yet taken by next() + max(kFirstBytes, min(kMostAhead, last frame))
#pragma once

#include <deque>
#include <memory>
#include <span>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/wire/frame.h"

namespace weir::log::net {

class FrameReader {
 public:
  static constexpr std::size_t kFirstBytes = 256 * 1024;
  static constexpr std::size_t kMostAhead = 4 * 1024 * 1024;

  explicit FrameReader(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // For the frames that begin from now on.
  void set_max_bytes(std::size_t max_bytes) { max_bytes_ = max_bytes; }

  // Where the next bytes may be received: in the frame that has begun, or in `scratch`.
  std::span<char> room(std::span<char> scratch);
  // `count` bytes were received at the beginning of `room`, which was given last. corrupt_message: a size that is
  // negative or too large; nothing more can be read of this connection.
  Result<> received(std::span<const char> room, std::size_t count);

  bool has_frame() const { return !whole_.empty(); }
  // Has a frame begun that is not whole?
  bool is_within_frame() const { return size_bytes_ > 0; }
  // What follows the size field. Precondition: has_frame().
  SharedBytes next();
  // Those that are whole are dropped too.
  void clear();

  std::size_t held_bytes() const { return capacity_ + whole_bytes_; }

 private:
  // Worth receiving by itself.
  static constexpr std::size_t kLongRest = 4 * 1024;

  Result<> take(Bytes bytes);
  Result<> begin_frame();
  void grow();
  void end_frame_if_whole();

  std::size_t max_bytes_;
  std::deque<SharedBytes> whole_;
  std::size_t whole_bytes_ = 0;
  std::size_t last_bytes_ = 0;  // of the last frame that was whole
  // The frame that has begun.
  char size_[wire::kFrameSizeBytes];
  std::size_t size_bytes_ = 0;      // of size_, that have come
  std::shared_ptr<char[]> buffer_;  // shared: becomes the frame; null while the size is not known
  std::size_t capacity_ = 0;        // of buffer_
  std::size_t wanted_ = 0;          // the frame's size
  std::size_t filled_ = 0;
};

}  // namespace weir::log::net
