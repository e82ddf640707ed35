// ChangeStream: the messages of one slot from a position on, as records. What is through already is passed over,
// message by message, so that each comes once whatever was killed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres_changes/change_position.h"
#include "connect/connectors/postgres_changes/change_writer.h"
#include "connect/contracts/source.h"

namespace weir::connect {

class ChangeStream {
 public:
  // What pgoutput does not say of a table: the columns of its primary key.
  using FindKey = std::function<Result<std::vector<std::string>>(std::uint32_t table)>;

  ChangeStream(ChangeWriter& writer, FindKey find_key, ChangePosition from, bool skips_malformed)
      : writer_(writer),
        find_key_(std::move(find_key)),
        position_(std::move(from)),
        complete_(position_.count == 0 ? position_.lsn : 0),
        skips_malformed_(skips_malformed) {}

  // A message of pgoutput. corrupt_data, also where a change is of a table that was not told. Changes that cannot be
  // written are left out (rejected), if they may be.
  Result<> take(Bytes message, std::int64_t now_ms, SourceBatch& into);
  // Everything before it was sent.
  void is_sent(Lsn end);

  // Behind what was taken.
  const ChangePosition& position() const { return position_; }
  // Transactions whose commit record begins before it are through: what the slot may let go once that is committed.
  Lsn complete() const { return complete_; }
  bool is_in_transaction() const { return begin_.has_value(); }

 private:
  // What `write` adds, or why it is left out.
  Result<> take_new(const ChangeOrigin& origin, SourceBatch& into, const std::function<Result<>()>& write);
  Result<> take_change(const PgRowChange& change, const ChangeOrigin& origin, ConnectRecords& into);
  Result<> learn(const PgRelation& relation);
  Result<const ChangeTable*> table(std::uint32_t id) const;
  // Whether the next message of the transaction is to be written, and its origin.
  bool is_new();
  ChangeOrigin origin(std::int64_t now_ms) const;

  ChangeWriter& writer_;
  FindKey find_key_;
  ChangePosition position_;
  Lsn complete_;
  bool skips_malformed_;
  std::optional<PgBegin> begin_;
  std::uint64_t number_ = 0;  // of the transaction's messages so far
  std::map<std::uint32_t, ChangeTable> tables_;
};

}  // namespace weir::connect
