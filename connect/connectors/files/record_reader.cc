#include "connect/connectors/files/record_reader.h"

#include <algorithm>
#include <cstring>

namespace weir::connect {

namespace {
constexpr std::size_t kReadSize = 256 * 1024;
}  // namespace

RecordReader::RecordReader(Options options) : options_(options) {
  if (options_.csv_separator) csv_.emplace(*options_.csv_separator, options_.line_end);
}

void RecordReader::open(std::unique_ptr<File> file, std::uint64_t offset) {
  file_ = std::move(file);
  offset_ = offset;
  used_ = buffer_.size;
  next_buffer();
  used_ = looked_at_ = 0;
  begin_record();
  if (csv_) csv_->restart();
}

void RecordReader::begin_record() {
  left_out_ = nuls_ = 0;
  is_too_long_ = false;
  line_begin_ = 0;
  is_first_line_ = true;
  lines_size_.reset();
  found_size_.reset();
}

Result<std::optional<RecordReader::Piece>> RecordReader::peek() {
  if (const auto line = plain_line()) {
    found_size_ = line->size();
    return Piece{*line};
  }
  while (!found_size_) {
    leave_out_nuls();
    const auto size = find_end();
    WEIR_TRY(check_size(size.value_or(unread().size())));
    found_size_ = size;
    if (found_size_) break;
    if (is_too_long_) leave_out(unread().size());
    WEIR_TRY_VAR(got, read_more());
    if (got == 0) return std::nullopt;
  }
  return piece(unread().substr(0, *found_size_));
}

// The usual case on a short way: a line that is there from its first byte to its last, and has nothing odd about it.
std::optional<std::string_view> RecordReader::plain_line() const {
  const std::string_view text = unread();
  const bool is_plain = !csv_ && !options_.begins && left_out_ == 0 && looked_at_ == 0 && !found_size_;
  if (!is_plain || text.empty() || text.front() == '\0') return std::nullopt;
  const auto* end = static_cast<const char*>(std::memchr(text.data(), options_.line_end, text.size()));
  if (end == nullptr) return std::nullopt;
  const auto size = static_cast<std::size_t>(end - text.data());
  return size <= options_.longest ? std::optional(text.substr(0, size)) : std::nullopt;
}

// Of what is there of the record, or of all of it.
Result<> RecordReader::check_size(std::size_t bytes) {
  if (bytes <= options_.longest) return {};
  if (options_.too_long == Malformed::fail) {
    return fail(ErrorCode::corrupt_data, "a record of more than " + std::to_string(options_.longest) + " bytes");
  }
  is_too_long_ = true;
  return {};
}

RecordReader::Piece RecordReader::piece(std::string_view text) const {
  if (is_too_long_) return {{}, nuls_, left_out_ - nuls_ + text.size()};
  return {text, nuls_, 0};
}

void RecordReader::consume() {
  used_ += *found_size_ + 1;
  offset_ += left_out_ + *found_size_ + 1;
  begin_record();
}

void RecordReader::consume_rest() {
  offset_ += left_out_ + unread().size();
  open(std::move(file_), offset_);
}

std::optional<std::size_t> RecordReader::find_end() {
  if (csv_) return csv_->find_end(unread());
  if (options_.begins) return find_beginning();
  auto end = unread().find(options_.line_end, looked_at_);
  if (end == std::string_view::npos) {
    looked_at_ = unread().size();
    return std::nullopt;
  }
  looked_at_ = 0;
  return end;
}

// The end of the lines before the next one that begins a record.
std::optional<std::size_t> RecordReader::find_beginning() {
  for (;;) {
    const auto end = unread().find(options_.line_end, looked_at_);
    if (end == std::string_view::npos) {
      looked_at_ = unread().size();
      return std::nullopt;
    }
    if (!is_first_line_ && options_.begins->matches_whole(unread().substr(line_begin_, end - line_begin_))) {
      looked_at_ = 0;
      return lines_size_.value_or(0);
    }
    is_first_line_ = false;
    lines_size_ = end;
    line_begin_ = looked_at_ = end + 1;
  }
}

bool RecordReader::end_record_here(Last last) {
  if (!lines_size_) return false;
  const std::string_view open_line = unread().substr(line_begin_);
  const bool is_of_record =
      !open_line.empty() && (last == Last::may_grow || !options_.begins->matches_whole(open_line));
  if (is_of_record) return false;
  found_size_ = lines_size_;
  looked_at_ = 0;
  return true;
}

// Before anything else of the record was seen.
void RecordReader::leave_out_nuls() {
  if (left_out_ != nuls_ || is_too_long_) return;
  const bool is_at_start = csv_ ? csv_->is_at_start() : looked_at_ == 0;
  if (!is_at_start) return;
  const std::size_t count = std::min(unread().find_first_not_of('\0'), unread().size());
  leave_out(count);
  nuls_ += count;
}

void RecordReader::leave_out(std::size_t bytes) {
  used_ += bytes;
  left_out_ += bytes;
  looked_at_ = line_begin_ = 0;
  lines_size_.reset();
  if (csv_) csv_->forget_text();
}

void RecordReader::release() {
  constexpr std::size_t kMostRoom = 16;  // buffers of the usual size
  if (given_.size() < 2) room_.clear();  // nothing much comes
  for (Buffer& buffer : given_) {
    if (room_.size() < kMostRoom && buffer.room <= 4 * kReadSize) room_.push_back(std::move(buffer));
  }
  given_.clear();
}

void RecordReader::Buffer::reserve(std::size_t wanted) {
  if (wanted <= room) return;
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  std::copy_n(bytes.get(), size, larger.get());
  bytes = std::move(larger);
  room = wanted;
}

// One that begins with what is unread: texts that lie in the one before stay where they are.
void RecordReader::next_buffer() {
  Buffer next;
  if (!room_.empty()) {
    next = std::move(room_.back());
    room_.pop_back();
  }
  const std::string_view rest = unread();
  next.size = 0;
  next.reserve(rest.size() + kReadSize);
  std::copy(rest.begin(), rest.end(), next.bytes.get());
  next.size = rest.size();
  given_.push_back(std::move(buffer_));
  buffer_ = std::move(next);
  used_ = 0;
}

Result<std::size_t> RecordReader::read_more() {
  if (used_ > 0) next_buffer();
  const std::size_t before = buffer_.size;
  // A record that is longer than all room there is: twice as much, so that its bytes are moved a few times at most.
  if (before + kReadSize > buffer_.room) buffer_.reserve(std::max(2 * before, before + kReadSize));
  auto got = file_->read_at(offset_ + left_out_ + before, buffer_.bytes.get() + before, kReadSize);
  if (got) buffer_.size += *got;
  return got;
}

}  // namespace weir::connect
