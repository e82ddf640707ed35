// FileIdentity: enough about a file to notice later that it is not the one it was. A path may come to mean another
// file, an inode may be used again, and a file may be emptied and written anew: so inode, size and first bytes are
// compared.
#pragma once

#include <cstdint>
#include <string>

#include "log/base/file.h"
#include "log/base/result.h"

namespace weir::connect {

struct FileIdentity {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;         // then; a file that is read only grows
  std::uint64_t first_bytes = 0;  // how many of the first bytes the fingerprint covers
  std::uint32_t fingerprint = 0;  // their CRC-32C
};

// Of a file whose first `known_bytes` bytes are final; up to 1,024 of them are covered. truncated if it has fewer.
Result<FileIdentity> identify(const File& file, std::uint64_t known_bytes);

// Why `file` is not the one it was, in words to put behind its path; empty if it is.
Result<std::string> difference(const File& file, const FileIdentity& before);

}  // namespace weir::connect
