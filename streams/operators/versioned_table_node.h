// VersionedTableNode: a table that knows what its rows were. A record is a version from its timestamp on; one that is
// older than the history is dropped. One that is older than the row's latest version is kept and sent on, but whatever
// follows only the latest row leaves it out (Node::process_older; KIP-914, tests/vectors/README.md, 4.4).
#pragma once

#include <optional>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"
#include "streams/state/versioned_rows.h"

namespace weir::streams {

// The store beside a versioned table's, with what its rows were before.
std::string history_store(const std::string& store);

class VersionedTableNode final : public Node, public TableView {
 public:
  VersionedTableNode(const TypeOps* key, std::int64_t history_ms, const state::PastOps& past)
      : encoder_(key), history_ms_(history_ms), past_(past) {}

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  TableView* table_view() override { return this; }
  TableRow look_up(const void* key, const EncodedKey& encoded_key) override;
  TableRow look_up_as_of(const void* key, const EncodedKey& encoded_key, std::int64_t time_ms) override;

 private:
  KeyEncoder encoder_;
  const std::int64_t history_ms_;
  const state::PastOps& past_;
  RecordScope* scope_ = nullptr;
  std::optional<state::VersionedRows> rows_;
  std::optional<ErasedObject> old_;
};

}  // namespace weir::streams
