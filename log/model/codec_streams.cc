#include "log/model/codec_streams.h"

namespace weir::log::codec {

namespace {
constexpr int kGzipFraming = 15 + 16;  // zlib: the largest window, a gzip header and trailer
}

ZSTD_CCtx* zstd_compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeZstd> context(ZSTD_createCCtx());
  if (context) ZSTD_CCtx_reset(context.get(), ZSTD_reset_session_only);
  return context.get();
}

ZSTD_DCtx* zstd_decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  if (context) ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  return context.get();
}

LZ4F_cctx* lz4_compressor() {
  thread_local std::unique_ptr<LZ4F_cctx, FreeLz4> context;
  if (!context) {
    LZ4F_cctx* made = nullptr;
    if (LZ4F_isError(LZ4F_createCompressionContext(&made, LZ4F_VERSION))) return nullptr;
    context.reset(made);
  }
  return context.get();
}

LZ4F_dctx* lz4_decompressor() {
  thread_local std::unique_ptr<LZ4F_dctx, FreeLz4> context;
  if (!context) {
    LZ4F_dctx* made = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION))) return nullptr;
    context.reset(made);
  }
  LZ4F_resetDecompressionContext(context.get());
  return context.get();
}

z_stream* gzip_compressor() {
  thread_local std::unique_ptr<z_stream, FreeDeflate> stream;
  if (!stream) {
    auto made = std::make_unique<z_stream>();
    int opened = deflateInit2(made.get(), Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipFraming, 8, Z_DEFAULT_STRATEGY);
    if (opened != Z_OK) return nullptr;
    stream.reset(made.release());
  }
  deflateReset(stream.get());
  return stream.get();
}

z_stream* gzip_decompressor() {
  thread_local std::unique_ptr<z_stream, FreeInflate> stream;
  if (!stream) {
    auto made = std::make_unique<z_stream>();
    if (inflateInit2(made.get(), kGzipFraming) != Z_OK) return nullptr;
    stream.reset(made.release());
  }
  inflateReset(stream.get());
  return stream.get();
}

}  // namespace weir::log::codec
