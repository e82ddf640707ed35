#include "connect/connectors/record_reader.h"

namespace weir::connect {

namespace {
constexpr std::size_t kReadSize = 256 * 1024;
constexpr std::size_t kLongestRecord = 64 * 1024 * 1024;
}  // namespace

RecordReader::RecordReader(std::optional<char> csv_separator) {
  if (csv_separator) csv_.emplace(*csv_separator);
}

void RecordReader::open(std::unique_ptr<File> file, std::uint64_t offset) {
  file_ = std::move(file);
  offset_ = offset;
  buffer_.clear();
  used_ = looked_at_ = 0;
  found_size_.reset();
  if (csv_) csv_->restart();
}

Result<std::optional<std::string_view>> RecordReader::peek() {
  while (!found_size_) {
    found_size_ = find_end();
    if (found_size_) break;
    WEIR_TRY_VAR(got, read_more());
    if (got == 0) return std::nullopt;
  }
  return unread().substr(0, *found_size_);
}

void RecordReader::consume() {
  used_ += *found_size_ + 1;
  offset_ += *found_size_ + 1;
  found_size_.reset();
}

void RecordReader::consume_rest() {
  offset_ += unread().size();
  open(std::move(file_), offset_);
}

std::optional<std::size_t> RecordReader::find_end() {
  if (csv_) return csv_->find_end(unread());
  auto newline = unread().find('\n', looked_at_);
  if (newline == std::string_view::npos) {
    looked_at_ = unread().size();
    return std::nullopt;
  }
  looked_at_ = 0;
  return newline;
}

Result<std::size_t> RecordReader::read_more() {
  buffer_.erase(0, used_);
  used_ = 0;
  const std::size_t before = buffer_.size();
  if (before >= kLongestRecord) {
    return fail(ErrorCode::corrupt_data, "a record of more than " + std::to_string(kLongestRecord) + " bytes");
  }
  buffer_.resize(before + kReadSize);
  auto got = file_->read_at(offset_ + before, buffer_.data() + before, kReadSize);
  buffer_.resize(before + (got ? *got : 0));
  return got;
}

}  // namespace weir::connect
