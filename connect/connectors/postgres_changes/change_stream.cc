#include "connect/connectors/postgres_changes/change_stream.h"

#include <algorithm>

namespace weir::connect {

namespace {

template <class... Ts>
struct message_cases : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
message_cases(Ts...) -> message_cases<Ts...>;

TableChange::Kind kind_of(PgRowChange::Kind kind) {
  switch (kind) {
    case PgRowChange::Kind::insert:
      return TableChange::Kind::create;
    case PgRowChange::Kind::update:
      return TableChange::Kind::update;
    case PgRowChange::Kind::remove:
      return TableChange::Kind::remove;
  }
  return TableChange::Kind::create;
}

}  // namespace

Result<> ChangeStream::take(Bytes message, std::int64_t now_ms, SourceBatch& into) {
  WEIR_TRY_VAR(decoded, decode_pgoutput(message));
  return std::visit(message_cases{
                        [](const PgNothing&) -> Result<> { return {}; },
                        [this](const PgBegin& begin) -> Result<> {
                          begin_ = begin;
                          number_ = 0;
                          return {};
                        },
                        [this](const PgCommit& commit) -> Result<> {
                          begin_.reset();
                          is_sent(commit.end_lsn);
                          return {};
                        },
                        [this](const PgRelation& relation) { return learn(relation); },
                        [&](const PgRowChange& change) -> Result<> {
                          if (!is_new()) return {};
                          const ChangeOrigin from = origin(now_ms);
                          return take_new(from, into, [&] { return take_change(change, from, into.records); });
                        },
                        [&](const PgTruncate& truncate) -> Result<> {
                          if (!is_new()) return {};
                          for (std::uint32_t id : truncate.relations) {
                            WEIR_TRY_VAR(known, table(id));
                            WEIR_TRY(writer_.truncate(*known, origin(now_ms), into.records));
                          }
                          return {};
                        },
                        [&](const PgLogicalMessage& logical) -> Result<> {
                          // One outside of a transaction belongs to no commit: nothing says whether it was seen.
                          if (!logical.is_transactional || !is_new()) return {};
                          const ChangeOrigin from = origin(now_ms);
                          return take_new(from, into, [&] { return writer_.message(logical, from, into.records); });
                        },
                    },
                    decoded);
}

Result<> ChangeStream::take_new(const ChangeOrigin& origin, SourceBatch& into, const std::function<Result<>()>& write) {
  const std::size_t before = into.records.size();
  auto written = write();
  if (written) return {};
  const Error why = written.error().at("commit " + lsn_text(origin.lsn) + ", message " + std::to_string(number_));
  if (!skips_malformed_ || why.code != ErrorCode::corrupt_data) return fail(why);
  while (into.records.size() > before) into.records.drop_last();
  into.rejected.push_back({why.detail, why});
  return {};
}

void ChangeStream::is_sent(Lsn end) {
  if (begin_ || end <= position_.lsn) return;
  position_ = {end, 0, std::nullopt};
  complete_ = end;
}

bool ChangeStream::is_new() {
  const Lsn commit = begin_ ? begin_->commit_lsn : 0;
  ++number_;
  if (position_.covers(commit, number_)) return false;
  position_ = {commit, number_, std::nullopt};
  return true;
}

ChangeOrigin ChangeStream::origin(std::int64_t now_ms) const {
  if (!begin_) return {.now_ms = now_ms};
  return {false, begin_->commit_lsn, begin_->transaction, ms_since_1970(begin_->commit_time_us), now_ms};
}

Result<> ChangeStream::learn(const PgRelation& relation) {
  ChangeTable table = ChangeTable::of(relation);
  if (relation.identity == 'f') {
    WEIR_TRY_VAR(key, find_key_(relation.id));
    for (auto& column : table.columns) column.is_key = std::find(key.begin(), key.end(), column.name) != key.end();
  }
  writer_.learn(table);
  tables_[table.id] = std::move(table);
  return {};
}

Result<const ChangeTable*> ChangeStream::table(std::uint32_t id) const {
  auto found = tables_.find(id);
  if (found != tables_.end()) return &found->second;
  return fail(ErrorCode::corrupt_data, "pgoutput: a change of table " + std::to_string(id) + ", which was not told");
}

Result<> ChangeStream::take_change(const PgRowChange& change, const ChangeOrigin& origin, ConnectRecords& into) {
  WEIR_TRY_VAR(known, table(change.relation));
  TableChange made{kind_of(change.kind)};
  if (change.old_is != PgRowChange::Old::none) made.before = &change.old;
  made.before_is_key = change.old_is == PgRowChange::Old::key;
  if (change.kind != PgRowChange::Kind::remove) made.after = &change.fresh;
  return writer_.write(*known, made, origin, into);
}

}  // namespace weir::connect
