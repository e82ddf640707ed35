// What the ledger's parts agree on: the topics and what stands in their records.
//
//   transfers   account that pays => "ID|PAYER|PAYEE|AMOUNT"
//   entries     account => what it gets, negative where it pays: two for each transfer
//   balances    account => its balance; compacted: the last one of each account stays
#pragma once

#include <cstdint>
#include <string>

#include <weir/log.h>

namespace ledger {

inline constexpr const char* kTransfers = "transfers";
inline constexpr const char* kEntries = "entries";
inline constexpr const char* kBalances = "balances";
inline constexpr const char* kSettlement = "settlement";  // the group of the workers

struct Transfer {
  std::int64_t id = 0;
  std::string payer;
  std::string payee;
  std::int64_t amount = 0;

  std::string to_text() const;
  static weir::Result<Transfer> parse(weir::Bytes text);  // invalid_record: with the text
};

// The same number gives the same transfer.
Transfer make_transfer(std::int64_t id, std::int64_t accounts);

// Of a whole record value. invalid_record: with the text.
weir::Result<std::int64_t> parse_number(weir::Bytes text);

// The topics as this program needs them, made where they are not there.
weir::Result<> make_topics(const weir::log::Client& log, std::int32_t partitions);

}  // namespace ledger
