#include "streams/runtime/purge.h"

namespace weir::streams {

Result<> Purge::run_if_due(std::int64_t now_ms) {
  if (last_ms_ < 0) last_ms_ = now_ms;
  if (done_.empty() || now_ms - last_ms_ < interval_.count()) return {};
  last_ms_ = now_ms;
  WEIR_TRY(admin_->delete_records(done_));
  done_.clear();
  return {};
}

}  // namespace weir::streams
