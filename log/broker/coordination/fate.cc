#include "log/broker/coordination/fate.h"

namespace weir::log::broker {

Task<Result<Offset>> settled(Written written, Executor& executor) {
  if (written.known) co_return *std::move(written.known);
  for (;;) {
    if (auto known = written.fate->known()) co_return *std::move(known);
    auto waiter = std::make_shared<Waiter>(executor);  // shared: with the fate
    if (written.fate->wait(waiter)) co_await *waiter;
  }
}

}  // namespace weir::log::broker
