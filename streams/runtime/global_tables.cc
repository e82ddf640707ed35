#include "streams/runtime/global_tables.h"

#include <algorithm>
#include <array>

#include "streams/state/erased_object.h"

namespace weir::streams {

// One table: a store with nothing below it.
class GlobalTables::Rows final : public TableView {
 public:
  explicit Rows(const GlobalTableSpec& spec)
      : spec_(spec), rows_(spec.name, *spec.value, nullptr), key_(spec.key), value_(spec.value) {}

  const std::string& topic() const { return spec_.topic; }

  TableRow look_up(const void*, const EncodedKey& key) override {
    const state::Row* row = rows_.find(key.bytes, key.hash);
    return row == nullptr ? TableRow{} : TableRow{row->value(), row->timestamp_ms()};
  }

  // Precondition: the record has a key. False: its bytes do not decode.
  bool take(const log::RecordView& record) {
    Bytes key = *record.key;
    if (!spec_.key->decode(key, key_.get())) return false;
    if (!spec_.key->is_canonical) key = spec_.key->encode(key_.get(), scratch_);
    if (record.value && !spec_.value->decode(*record.value, value_.get())) return false;
    rows_.put(rows_.row(key), record.value ? value_.get() : nullptr, record.timestamp_ms);
    return true;
  }

  // What was taken up is final.
  Result<> settle() {
    rows_.committed();
    return rows_.apply({});
  }

 private:
  const GlobalTableSpec& spec_;
  state::KeyValueStore rows_;
  ErasedObject key_;
  ErasedObject value_;
  OwnedBytes scratch_;
};

GlobalTables::GlobalTables(const Topology& topology, const ErrorPolicy& decode_errors)
    : fails_(decode_errors.kind() == ErrorPolicy::Kind::fail) {
  for (const auto& [name, spec] : topology.global_tables()) tables_.emplace(name, std::make_unique<Rows>(spec));
}

GlobalTables::~GlobalTables() = default;

std::vector<std::string> GlobalTables::topics() const {
  std::vector<std::string> topics;
  for (const auto& [name, rows] : tables_) topics.push_back(rows->topic());
  std::sort(topics.begin(), topics.end());
  topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
  return topics;
}

TableView& GlobalTables::table(const std::string& name) {
  return *tables_.at(name);
}

Result<> GlobalTables::take(const log::FetchedBatch& fetched) {
  for (const auto& [name, rows] : tables_) {
    if (rows->topic() != fetched.partition.topic) continue;
    log::BatchReader reader;
    TRY(reader.open(fetched.batch));
    std::array<log::RecordView, 64> chunk;
    for (;;) {
      TRY_VAR(count, reader.fill(chunk));
      if (count == 0) break;
      for (std::size_t i = 0; i < count; ++i) {
        const log::RecordView& record = chunk[i];
        if (record.offset < fetched.first_wanted) continue;
        if (!record.key) {
          counters_->dropped_null_key.add();
        } else if (!rows->take(record)) {
          if (fails_) {
            return fail(ErrorCode::corrupt_data, "global table " + name + ": " + fetched.partition.to_string() +
                                                     ", offset " + std::to_string(record.offset.value()) +
                                                     ": the record's bytes are not of the table's types");
          }
          counters_->skipped_undecodable.add();
        }
      }
    }
    TRY(rows->settle());
  }
  return {};
}

}  // namespace weir::streams
