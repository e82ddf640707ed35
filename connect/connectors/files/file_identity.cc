#include "connect/connectors/files/file_identity.h"

#include <algorithm>

#include "log/base/crc32c.h"

namespace weir::connect {

namespace {

constexpr std::uint64_t kMostFirstBytes = 1024;

Result<std::uint32_t> fingerprint(const File& file, std::uint64_t count) {
  OwnedBytes first(count, '\0');
  WEIR_TRY_VAR(got, file.read_at(0, first.data(), first.size()));
  return crc32c(Bytes(first).substr(0, got));
}

}  // namespace

Result<FileIdentity> identify(const File& file, std::uint64_t known_bytes) {
  FileIdentity identity;
  WEIR_TRY_VAR(inode, file.inode());
  WEIR_TRY_VAR(size, file.size());
  if (size < known_bytes) {
    return fail(ErrorCode::truncated, "has " + std::to_string(size) + " bytes, but " + std::to_string(known_bytes) +
                                          " were read before: it was truncated");
  }
  identity.inode = inode;
  identity.size = size;
  identity.first_bytes = std::min(kMostFirstBytes, known_bytes);
  WEIR_TRY_VAR(checksum, fingerprint(file, identity.first_bytes));
  identity.fingerprint = checksum;
  return identity;
}

Result<std::string> difference(const File& file, const FileIdentity& before) {
  WEIR_TRY_VAR(inode, file.inode());
  if (inode != before.inode) {
    return "is another file than the one that was read before (inode " + std::to_string(inode) + ", before " +
           std::to_string(before.inode) + ")";
  }
  WEIR_TRY_VAR(size, file.size());
  if (size < before.size) {
    return "has " + std::to_string(size) + " bytes, but had " + std::to_string(before.size) +
           " when it was read before: it was truncated";
  }
  WEIR_TRY_VAR(checksum, fingerprint(file, before.first_bytes));
  if (checksum != before.fingerprint) return "begins with other bytes than when it was read before";
  return std::string();
}

}  // namespace weir::connect
