// CompressedFile: what a compressed file holds, read as if it lay there uncompressed: gzip (RFC 1952) and zstd (RFC
// 8878), several members or frames one after the other included.
//
// Reading goes forward; what lies before is read again from the beginning, but for the first bytes, which are kept. How
// large it is uncompressed is not known before its end, so `size` is larger than any. One owner thread.
#pragma once

#include <memory>
#include <string>

#include "log/base/file.h"

namespace weir::connect {

enum class Compression { detect, none, gzip, zstd };  // detect: by the file's first bytes

class CompressedFile : public File {
 public:
  // Whether its last member or frame is not whole: it may still be written.
  virtual bool is_cut() const = 0;
};

// The file itself if it is not compressed. corrupt_data where it is said to be and is not.
struct Opened {
  std::unique_ptr<File> file;
  const CompressedFile* compressed = nullptr;  // the same, if it is one
};
Result<Opened> uncompressed(std::unique_ptr<File> file, Compression compression);

}  // namespace weir::connect
