// The contexts of the compression libraries, one of each kind a thread, made at first use and kept: creating one costs
// more than compressing a small batch.
#pragma once

#include <memory>

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

namespace weir::log::codec {

struct FreeZstd {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
struct FreeLz4 {
  void operator()(LZ4F_cctx* context) const { LZ4F_freeCompressionContext(context); }
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};
struct FreeDeflate {
  void operator()(z_stream* stream) const {
    deflateEnd(stream);
    delete stream;
  }
};
struct FreeInflate {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;
  }
};

// Each gives a context that is ready for a new stream; null when memory is out.
ZSTD_CCtx* zstd_compressor();
ZSTD_DCtx* zstd_decompressor();
LZ4F_cctx* lz4_compressor();
LZ4F_dctx* lz4_decompressor();
z_stream* gzip_compressor();
z_stream* gzip_decompressor();

}  // namespace weir::log::codec
