// ChangePosition: where a stream of changes stands, as JSON in the offsets topic:
//   {"lsn":"0/16B3748"}                 transactions whose commit record begins before it are through
//   {"lsn":"0/16B3748","count":3}       and of the one whose commit record begins there, so many messages
//   {"lsn":"0/16B3748","snapshot":{"table":"public.orders","after":["17"]}}
//                                       the rows that were there before come first: up to this one of this table
//
// The server sends a transaction as a whole, transactions in the order of their commits, and always the same messages;
// so this tells each message from every other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connectors/postgres_changes/lsn.h"
#include "log/base/result.h"

namespace weir::connect {

struct SnapshotPosition {
  std::string table{};                              // empty: none was begun
  std::vector<std::optional<std::string>> after{};  // the last key that was read, as the server writes it; empty: none
  bool operator==(const SnapshotPosition&) const = default;
};

struct ChangePosition {
  Lsn lsn = 0;
  std::uint64_t count = 0;
  std::optional<SnapshotPosition> snapshot{};

  // Whether a message is through: the one with this number, from 1 on, of the transaction with this commit.
  bool covers(Lsn commit_lsn, std::uint64_t number) const {
    return commit_lsn < lsn || (commit_lsn == lsn && number <= count);
  }

  std::string to_json() const;
  static Result<ChangePosition> parse(std::string_view json);  // corrupt_data
  bool operator==(const ChangePosition&) const = default;
};

}  // namespace weir::connect
