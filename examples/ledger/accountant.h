// The accountant: adds up the entries and writes the balances down.
#pragma once

#include <map>
#include <string>

#include "examples/ledger/ledger.h"

namespace ledger {

struct Balances {
  std::map<std::string, std::int64_t> of;
  std::int64_t entries = 0;

  std::int64_t sum() const;  // zero: nothing was lost or counted twice
};

// Reads committed entries from the beginning until there are `entries` of them. Waits for those that are to come;
// request_timed_out: none came for half a minute.
weir::Result<Balances> add_up(const weir::log::Client& log, std::int64_t entries);

weir::Result<> write_balances(const weir::log::Client& log, const Balances& balances);

// What is settled is not needed any more: it makes room. The number of records that went, markers included.
weir::Result<std::int64_t> drop_settled(const weir::log::Client& log);

}  // namespace ledger
