#include "connect/contracts/sink_commit.h"

#include <charconv>

namespace weir::connect {

Result<SinkCommit> SinkCommit::parse(const std::string& text) {
  SinkCommit commit;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, commit.number);
  if (error != std::errc{} || stop == end || *stop != ' ' || commit.number < 1) {
    return fail(ErrorCode::corrupt_data, "unreadable metadata of a sink's commit: '" + text + "'");
  }
  commit.metadata.assign(stop + 1, end);
  return commit;
}

}  // namespace weir::connect
