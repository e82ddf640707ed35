#include "log/net/frame_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::log::net {

std::span<char> FrameReader::room(std::span<char> scratch) {
  if (buffer_ == nullptr || wanted_ - filled_ < kLongRest) return scratch;
  if (filled_ == capacity_) grow();
  return {buffer_.get() + filled_, capacity_ - filled_};
}

Result<> FrameReader::received(std::span<const char> room, std::size_t count) {
  const bool is_in_place = buffer_ != nullptr && room.data() == buffer_.get() + filled_;
  if (!is_in_place) return take({room.data(), count});
  filled_ += count;
  end_frame_if_whole();
  return {};
}

Result<> FrameReader::take(Bytes bytes) {
  while (!bytes.empty()) {
    if (buffer_ == nullptr) {
      const std::size_t part = std::min(bytes.size(), wire::kFrameSizeBytes - size_bytes_);
      std::memcpy(size_ + size_bytes_, bytes.data(), part);
      size_bytes_ += part;
      bytes.remove_prefix(part);
      if (size_bytes_ == wire::kFrameSizeBytes) WEIR_TRY(begin_frame());
      continue;
    }
    if (filled_ == capacity_) grow();
    const std::size_t part = std::min(bytes.size(), capacity_ - filled_);
    std::memcpy(buffer_.get() + filled_, bytes.data(), part);
    filled_ += part;
    bytes.remove_prefix(part);
    end_frame_if_whole();
  }
  return {};
}

Result<> FrameReader::begin_frame() {
  WEIR_TRY_VAR(whole, wire::frame_size({size_, size_bytes_}, max_bytes_));
  wanted_ = *whole - wire::kFrameSizeBytes;
  capacity_ = std::min(wanted_, std::max(kFirstBytes, std::min(last_bytes_, kMostAhead)));
  buffer_ = std::make_shared_for_overwrite<char[]>(capacity_);
  filled_ = 0;
  end_frame_if_whole();
  return {};
}

void FrameReader::grow() {
  const std::size_t larger = std::min(wanted_, capacity_ * 2);
  auto moved = std::make_shared_for_overwrite<char[]>(larger);
  std::memcpy(moved.get(), buffer_.get(), filled_);
  buffer_ = std::move(moved);
  capacity_ = larger;
}

void FrameReader::end_frame_if_whole() {
  if (filled_ < wanted_) return;
  const Bytes all(buffer_.get(), filled_);
  whole_.emplace_back(std::move(buffer_), all);
  whole_bytes_ += filled_;
  last_bytes_ = filled_;
  buffer_ = nullptr;
  size_bytes_ = capacity_ = wanted_ = filled_ = 0;
}

SharedBytes FrameReader::next() {
  SharedBytes frame = std::move(whole_.front());
  whole_.pop_front();
  whole_bytes_ -= frame.size();
  return frame;
}

void FrameReader::clear() {
  whole_.clear();
  buffer_ = nullptr;
  size_bytes_ = capacity_ = wanted_ = filled_ = whole_bytes_ = 0;
}

}  // namespace weir::log::net
