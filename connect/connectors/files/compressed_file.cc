#include "connect/connectors/files/compressed_file.h"

#include <algorithm>

#include <zlib.h>
#include <zstd.h>

namespace weir::connect {

namespace {

constexpr std::size_t kPiece = 256 * 1024;

// Makes pieces of the one into pieces of the other.
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Takes from the front of `in` and appends to `out`, at most about a piece. corrupt_data.
  virtual Result<> decode(Bytes& in, std::string& out) = 0;
  virtual bool is_between() const = 0;  // no member or frame is open
  virtual void restart() = 0;
};

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() { inflateInit2(&stream_, 15 + 16); }
  ~GzipDecoder() override { inflateEnd(&stream_); }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;

  Result<> decode(Bytes& in, std::string& out) override {
    if (is_between_ && !in.empty()) inflateReset(&stream_);
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream_.avail_out = static_cast<uInt>(kPiece);
    const int done = inflate(&stream_, Z_NO_FLUSH);
    in.remove_prefix(in.size() - stream_.avail_in);
    out.resize(before + kPiece - stream_.avail_out);
    if (done != Z_OK && done != Z_STREAM_END && done != Z_BUF_ERROR) {
      return fail(ErrorCode::corrupt_data,
                  std::string("no gzip: ") + (stream_.msg != nullptr ? stream_.msg : "it is damaged"));
    }
    is_between_ = done == Z_STREAM_END;
    return {};
  }
  bool is_between() const override { return is_between_; }
  void restart() override {
    inflateReset(&stream_);
    is_between_ = true;
  }

 private:
  z_stream stream_{};
  bool is_between_ = true;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  Result<> decode(Bytes& in, std::string& out) override {
    const std::size_t before = out.size();
    out.resize(before + kPiece);
    ZSTD_inBuffer from{in.data(), in.size(), 0};
    ZSTD_outBuffer to{out.data() + before, kPiece, 0};
    const std::size_t left = ZSTD_decompressStream(stream_, &to, &from);
    in.remove_prefix(from.pos);
    out.resize(before + to.pos);
    if (ZSTD_isError(left) != 0) {
      return fail(ErrorCode::corrupt_data, std::string("no zstd: ") + ZSTD_getErrorName(left));
    }
    is_between_ = left == 0;
    return {};
  }
  bool is_between() const override { return is_between_; }
  void restart() override {
    ZSTD_DCtx_reset(stream_, ZSTD_reset_session_only);
    is_between_ = true;
  }

 private:
  ZSTD_DStream* stream_;
  bool is_between_ = true;
};

class Uncompressed final : public CompressedFile {
 public:
  Uncompressed(std::unique_ptr<File> file, std::unique_ptr<Decoder> decoder)
      : file_(std::move(file)), decoder_(std::move(decoder)) {}

  Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override {
    if (position + size <= head_.size()) return copy(head_, position, into, size);
    if (position < window_begin_) restart();
    std::size_t done = 0;
    while (done < size) {
      const std::uint64_t at = position + done;
      const std::uint64_t window_end = window_begin_ + window_.size();
      if (at < window_end) {
        done += copy(window_, at - window_begin_, into + done, size - done);
        continue;
      }
      WEIR_TRY_VAR(more, next_window());
      if (!more) break;
    }
    return done;
  }

  Result<std::uint64_t> size() const override { return std::uint64_t{1} << 62; }
  Result<std::uint64_t> inode() const override { return file_->inode(); }
  bool is_cut() const override { return !decoder_->is_between(); }

  Result<> write_at(std::uint64_t, Bytes) override { return read_only(); }
  Result<> write_parts_at(std::uint64_t, std::span<const Bytes>) override { return read_only(); }
  Result<> truncate(std::uint64_t) override { return read_only(); }
  Result<> sync_data() override { return read_only(); }

 private:
  static Result<> read_only() { return fail(ErrorCode::wrong_state, "a compressed file is only read"); }

  static std::size_t copy(const std::string& from, std::uint64_t at, char* into, std::size_t size) {
    const std::size_t count = std::min<std::size_t>(size, from.size() - at);
    std::copy_n(from.data() + at, count, into);
    return count;
  }

  void restart() const {
    decoder_->restart();
    read_ = 0;
    input_.clear();
    unread_ = {};
    window_.clear();
    window_begin_ = 0;
  }

  // The piece behind the one at hand; false where nothing more is there now.
  Result<bool> next_window() const {
    window_begin_ += window_.size();
    window_.clear();
    while (window_.empty()) {
      const std::size_t unread_before = unread_.size();
      if (!unread_.empty() || !decoder_->is_between()) WEIR_TRY(decoder_->decode(unread_, window_));
      const bool is_stuck = window_.empty() && unread_.size() == unread_before;
      if (!is_stuck) continue;
      WEIR_TRY_VAR(got, read_input());
      if (got == 0) return false;
    }
    if (head_.size() == window_begin_ && head_.size() < kHead) head_.append(window_, 0, kHead - head_.size());
    return true;
  }

  Result<std::size_t> read_input() const {
    std::string next(unread_);
    const std::size_t before = next.size();
    next.resize(before + kPiece);
    auto got = file_->read_at(read_, next.data() + before, kPiece);
    next.resize(before + (got ? *got : 0));
    input_ = std::move(next);
    unread_ = input_;
    if (got) read_ += *got;
    return got;
  }

  static constexpr std::size_t kHead = 4096;

  std::unique_ptr<File> file_;
  std::unique_ptr<Decoder> decoder_;
  mutable std::uint64_t read_ = 0;  // of the file
  mutable std::string input_;
  mutable Bytes unread_;  // of `input_`
  mutable std::string window_;
  mutable std::uint64_t window_begin_ = 0;
  mutable std::string head_;  // the first bytes, once they were read
};

Result<Compression> detect(const File& file) {
  unsigned char first[4] = {};
  WEIR_TRY_VAR(got, file.read_at(0, reinterpret_cast<char*>(first), sizeof first));
  if (got >= 2 && first[0] == 0x1f && first[1] == 0x8b) return Compression::gzip;
  const bool is_zstd = got == 4 && first[0] == 0x28 && first[1] == 0xb5 && first[2] == 0x2f && first[3] == 0xfd;
  return is_zstd ? Compression::zstd : Compression::none;
}

}  // namespace

Result<Opened> uncompressed(std::unique_ptr<File> file, Compression compression) {
  if (compression == Compression::detect) {
    WEIR_TRY_VAR(detected, detect(*file));
    compression = detected;
  }
  if (compression == Compression::none) return Opened{std::move(file), nullptr};
  std::unique_ptr<Decoder> decoder;
  if (compression == Compression::gzip) decoder = std::make_unique<GzipDecoder>();
  if (compression == Compression::zstd) decoder = std::make_unique<ZstdDecoder>();
  auto opened = std::make_unique<Uncompressed>(std::move(file), std::move(decoder));
  const CompressedFile* compressed = opened.get();
  return Opened{std::move(opened), compressed};
}

}  // namespace weir::connect
