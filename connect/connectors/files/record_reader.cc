#include "connect/connectors/files/record_reader.h"

#include <algorithm>

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
  used_ = buffer_.size();
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
  for (std::string& buffer : given_) {
    if (room_.size() < kMostRoom && buffer.capacity() <= 4 * kReadSize) room_.push_back(std::move(buffer));
  }
  given_.clear();
}

// One that begins with what is unread: texts that lie in the one before stay where they are.
void RecordReader::next_buffer() {
  std::string next;
  if (!room_.empty()) {
    next = std::move(room_.back());
    room_.pop_back();
  }
  next.reserve(unread().size() + kReadSize);
  next.assign(unread());
  given_.push_back(std::move(buffer_));
  buffer_ = std::move(next);
  used_ = 0;
}

Result<std::size_t> RecordReader::read_more() {
  if (used_ > 0) next_buffer();
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kReadSize);
  auto got = file_->read_at(offset_ + left_out_ + before, buffer_.data() + before, kReadSize);
  buffer_.resize(before + (got ? *got : 0));
  return got;
}

}  // namespace weir::connect
