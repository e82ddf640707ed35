#include "log/model/compression.h"

#include <algorithm>
#include <array>

#include <snappy.h>

#include "log/base/cursor.h"
#include "log/model/codec_streams.h"

namespace weir::log {

namespace {

constexpr std::array<std::string_view, 5> kNames = {"none", "gzip", "snappy", "lz4", "zstd"};

tl::unexpected<Error> undecodable(Compression codec, std::string_view why) {
  return fail(ErrorCode::corrupt_message, "cannot decompress " + std::string(name_of(codec)) + ": " + std::string(why));
}
tl::unexpected<Error> no_context(Compression codec) {
  return fail(ErrorCode::unknown_server_error, "no memory for a context of " + std::string(name_of(codec)));
}
tl::unexpected<Error> too_large(Compression codec, std::size_t max_size) {
  return undecodable(codec, "more than " + std::to_string(max_size) + " bytes");
}

// A buffer that decoders fill piece by piece: grows by doubling, never past `max_size` by more than one byte.
class Output {
 public:
  Output(OwnedBytes& out, std::size_t packed_size, std::size_t max_size) : out_(out), limit_(max_size + 1) {
    std::size_t guess = std::min(limit_, std::max<std::size_t>(packed_size * 4, 4096));
    if (out_.size() < guess) out_.resize(guess);
  }

  char* at() { return out_.data() + used_; }
  std::size_t room() const { return out_.size() - used_; }
  void used(std::size_t count) { used_ += count; }
  bool over() const { return used_ >= limit_; }
  void ensure_room() {
    if (room() == 0) out_.resize(std::min(limit_, out_.size() * 2));
  }
  void finish() { out_.resize(used_); }

 private:
  OwnedBytes& out_;
  std::size_t limit_;
  std::size_t used_ = 0;
};

// gzip ------------------------------------------------------------------------------------------------------------

Result<> gzip_pack(Bytes plain, OwnedBytes& out) {
  z_stream* stream = codec::gzip_compressor();
  if (stream == nullptr) return no_context(Compression::gzip);
  std::size_t before = out.size();
  out.resize(before + deflateBound(stream, plain.size()));
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream->avail_in = static_cast<uInt>(plain.size());
  stream->next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream->avail_out = static_cast<uInt>(out.size() - before);
  if (deflate(stream, Z_FINISH) != Z_STREAM_END) return fail(ErrorCode::unknown_server_error, "gzip: bound too small");
  out.resize(out.size() - stream->avail_out);
  return {};
}

Result<> gzip_unpack(Bytes packed, OwnedBytes& out, std::size_t max_size) {
  z_stream* stream = codec::gzip_decompressor();
  if (stream == nullptr) return no_context(Compression::gzip);
  Output output(out, packed.size(), max_size);
  stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream->avail_in = static_cast<uInt>(packed.size());
  for (;;) {
    output.ensure_room();
    std::size_t room = output.room();
    stream->next_out = reinterpret_cast<Bytef*>(output.at());
    stream->avail_out = static_cast<uInt>(room);
    int state = inflate(stream, Z_NO_FLUSH);
    output.used(room - stream->avail_out);
    if (output.over()) return too_large(Compression::gzip, max_size);
    if (state == Z_STREAM_END && stream->avail_in == 0) break;
    if (state == Z_STREAM_END) {
      inflateReset(stream);  // one member after another, as gzip allows
      continue;
    }
    if (state != Z_OK && state != Z_BUF_ERROR) return undecodable(Compression::gzip, "not a gzip stream");
    if (stream->avail_in == 0 && stream->avail_out != 0) return undecodable(Compression::gzip, "it is cut off");
  }
  output.finish();
  return {};
}

// snappy ----------------------------------------------------------------------------------------------------------

constexpr Bytes kXerialMagic("\x82SNAPPY\0", 8);
constexpr std::size_t kXerialHeaderSize = 16;
constexpr std::size_t kXerialBlockSize = 32 * 1024;

Result<> snappy_pack(Bytes plain, OwnedBytes& out) {
  Writer writer(out);
  writer.bytes(kXerialMagic);
  writer.int32(1);
  writer.int32(1);
  while (!plain.empty()) {
    Bytes block = plain.substr(0, kXerialBlockSize);
    plain.remove_prefix(block.size());
    std::size_t at = out.size();
    out.resize(at + 4 + snappy::MaxCompressedLength(block.size()));
    std::size_t size = 0;
    snappy::RawCompress(block.data(), block.size(), out.data() + at + 4, &size);
    store_big_endian(out.data() + at, static_cast<std::int32_t>(size));
    out.resize(at + 4 + size);
  }
  return {};
}

Result<> snappy_block(Bytes block, OwnedBytes& out, std::size_t max_size) {
  std::size_t size = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &size)) {
    return undecodable(Compression::snappy, "a block has no length");
  }
  if (size > max_size - out.size()) return too_large(Compression::snappy, max_size);
  // A block of n bytes holds at most about 64 n: do not believe a larger claim.
  if (size / 64 > block.size() + 64) return undecodable(Compression::snappy, "a block claims too much");
  std::size_t at = out.size();
  out.resize(at + size);
  if (!snappy::RawUncompress(block.data(), block.size(), out.data() + at)) {
    return undecodable(Compression::snappy, "a block is damaged");
  }
  return {};
}

Result<> snappy_unpack(Bytes packed, OwnedBytes& out, std::size_t max_size) {
  out.clear();
  if (packed.substr(0, kXerialMagic.size()) != kXerialMagic) return snappy_block(packed, out, max_size);  // bare
  if (packed.size() < kXerialHeaderSize) return undecodable(Compression::snappy, "its header is cut off");
  Reader reader(packed.substr(kXerialHeaderSize));
  while (!reader.at_end()) {
    std::int32_t size = reader.int32();
    Bytes block = reader.bytes(static_cast<std::uint32_t>(size));
    if (!reader.ok()) return undecodable(Compression::snappy, "it is cut off");
    WEIR_TRY(snappy_block(block, out, max_size));
  }
  return {};
}

// lz4 -------------------------------------------------------------------------------------------------------------

LZ4F_preferences_t lz4_preferences() {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;
  preferences.frameInfo.contentChecksumFlag = LZ4F_noContentChecksum;
  return preferences;
}

Result<> lz4_pack(Bytes plain, OwnedBytes& out) {
  LZ4F_cctx* context = codec::lz4_compressor();
  if (context == nullptr) return no_context(Compression::lz4);
  const LZ4F_preferences_t preferences = lz4_preferences();
  std::size_t before = out.size();
  out.resize(before + LZ4F_HEADER_SIZE_MAX + LZ4F_compressBound(plain.size(), &preferences));
  char* at = out.data() + before;
  char* end = out.data() + out.size();
  auto room = [&] {
    return static_cast<std::size_t>(end - at);
  };
  for (int step = 0; step < 3; ++step) {
    std::size_t written = 0;
    if (step == 0) written = LZ4F_compressBegin(context, at, room(), &preferences);
    if (step == 1) written = LZ4F_compressUpdate(context, at, room(), plain.data(), plain.size(), nullptr);
    if (step == 2) written = LZ4F_compressEnd(context, at, room(), nullptr);
    if (LZ4F_isError(written)) return fail(ErrorCode::unknown_server_error, LZ4F_getErrorName(written));
    at += written;
  }
  out.resize(static_cast<std::size_t>(at - out.data()));
  return {};
}

Result<> lz4_unpack(Bytes packed, OwnedBytes& out, std::size_t max_size) {
  LZ4F_dctx* context = codec::lz4_decompressor();
  if (context == nullptr) return no_context(Compression::lz4);
  Output output(out, packed.size(), max_size);
  for (;;) {
    output.ensure_room();
    std::size_t written = output.room();
    std::size_t read = packed.size();
    std::size_t hint = LZ4F_decompress(context, output.at(), &written, packed.data(), &read, nullptr);
    if (LZ4F_isError(hint)) return undecodable(Compression::lz4, LZ4F_getErrorName(hint));
    packed.remove_prefix(read);
    output.used(written);
    if (output.over()) return too_large(Compression::lz4, max_size);
    if (hint == 0) break;
    if (packed.empty() && output.room() > 0) return undecodable(Compression::lz4, "it is cut off");
  }
  output.finish();
  return {};
}

// zstd ------------------------------------------------------------------------------------------------------------

Result<> zstd_pack(Bytes plain, OwnedBytes& out) {
  ZSTD_CCtx* context = codec::zstd_compressor();
  if (context == nullptr) return no_context(Compression::zstd);
  std::size_t before = out.size();
  out.resize(before + ZSTD_compressBound(plain.size()));
  std::size_t size = ZSTD_compress2(context, out.data() + before, out.size() - before, plain.data(), plain.size());
  if (ZSTD_isError(size)) return fail(ErrorCode::unknown_server_error, ZSTD_getErrorName(size));
  out.resize(before + size);
  return {};
}

Result<> zstd_unpack(Bytes packed, OwnedBytes& out, std::size_t max_size) {
  ZSTD_DCtx* context = codec::zstd_decompressor();
  if (context == nullptr) return no_context(Compression::zstd);
  Output output(out, packed.size(), max_size);
  ZSTD_inBuffer input{packed.data(), packed.size(), 0};
  for (;;) {
    output.ensure_room();
    ZSTD_outBuffer piece{output.at(), output.room(), 0};
    std::size_t hint = ZSTD_decompressStream(context, &piece, &input);
    if (ZSTD_isError(hint)) return undecodable(Compression::zstd, ZSTD_getErrorName(hint));
    output.used(piece.pos);
    if (output.over()) return too_large(Compression::zstd, max_size);
    bool all_read = input.pos == input.size;
    if (hint == 0 && all_read) break;
    if (all_read && piece.pos < piece.size) return undecodable(Compression::zstd, "it is cut off");
  }
  output.finish();
  return {};
}

}  // namespace

std::string_view name_of(Compression codec) {
  auto index = static_cast<std::size_t>(codec);
  return index < kNames.size() ? kNames[index] : "unknown";
}

std::optional<Compression> compression_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Compression>(i);
  }
  return std::nullopt;
}

Result<> compress(Compression codec, Bytes plain, OwnedBytes& out) {
  switch (codec) {
    case Compression::none:
      out.append(plain);
      return {};
    case Compression::gzip:
      return gzip_pack(plain, out);
    case Compression::snappy:
      return snappy_pack(plain, out);
    case Compression::lz4:
      return lz4_pack(plain, out);
    case Compression::zstd:
      return zstd_pack(plain, out);
  }
  return fail(ErrorCode::unsupported_compression_type, std::to_string(static_cast<int>(codec)));
}

Result<> decompress(Compression codec, Bytes packed, OwnedBytes& out, std::size_t max_size) {
  switch (codec) {
    case Compression::none:
      if (packed.size() > max_size) return too_large(codec, max_size);
      out.assign(packed);
      return {};
    case Compression::gzip:
      return gzip_unpack(packed, out, max_size);
    case Compression::snappy:
      return snappy_unpack(packed, out, max_size);
    case Compression::lz4:
      return lz4_unpack(packed, out, max_size);
    case Compression::zstd:
      return zstd_unpack(packed, out, max_size);
  }
  return fail(ErrorCode::unsupported_compression_type, std::to_string(static_cast<int>(codec)));
}

}  // namespace weir::log
