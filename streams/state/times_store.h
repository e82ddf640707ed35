// TimesStore: the times of a task's operators, timers and stores, where they are too many for what is committed beside
// an offset (offset metadata, 4096 bytes): rows of a changelog, read back whole at every start.
//
//   key = name, as in the offset metadata     value = time in ms (8, big-endian)
#pragma once

#include <map>
#include <string>

#include "streams/state/store.h"

namespace weir::streams::state {

class TimesStore final : public Store {
 public:
  using Times = std::map<std::string, std::int64_t>;
  using Store::Store;

  // What is to be committed next. Names that are gone are deleted.
  void set(Times times) { now_ = std::move(times); }
  const Times& times() const { return now_; }

  std::size_t dirty_rows() const override;
  std::size_t memory_bytes() const override;
  Result<> write_changes(ChangeSink& changelog) override;
  void committed() override { committed_ = now_; }
  void undo() override { now_ = committed_; }
  Result<> restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override;
  Result<> clear() override;

 private:
  Times now_;
  Times committed_;
};

}  // namespace weir::streams::state
