#include "connect/connectors/postgres_changes/change_source.h"

#include <algorithm>
#include <utility>

#include "connect/connectors/postgres_changes/change_stream.h"
#include "connect/connectors/postgres_changes/table_snapshot.h"
#include "connect/connectors/sql/statements.h"
#include "log/base/json_writer.h"
#include "log/base/log_line.h"

namespace weir::connect {

namespace {

constexpr std::int64_t kStatusIntervalMs = 5'000;

class ChangeSource final : public Source {
 public:
  ChangeSource(ChangeSourceOptions options, MakeWriter make_writer)
      : options_(std::move(options)), make_writer_(std::move(make_writer)) {
    partition_ = "{\"slot\":";
    append_json_string(options_.slot, partition_);
    partition_ += "}";
  }

  ~ChangeSource() override {
    if (!options_.drops_slot || !was_started_) return;
    stream_.reset();
    replication_.reset();
    auto connection = PgConnection::open(options_.database);
    auto dropped = connection ? drop_slot(**connection, options_.slot) : fail(connection.error());
    if (!dropped) log_line::warn("slot {} is not dropped: {}", options_.slot, dropped.error().to_string());
  }

  Result<> check() override {
    auto connection = PgConnection::open(options_.database);
    if (!connection && connection.error().code == ErrorCode::unavailable) return {};  // may be there later
    if (!connection) return fail(connection.error());
    WEIR_TRY(find_slot(**connection, options_.slot));
    return {};
  }

  Result<> start(const SourcePositions& committed, Input input) override {
    snapshot_.reset();
    stream_.reset();
    replication_.reset();
    truncated_.clear();
    input_ = input;
    was_started_ = true;
    WEIR_TRY_VAR(catalog, PgConnection::open(options_.database));
    catalog_ = std::move(catalog);
    WEIR_TRY_VAR(snapshots, PgConnection::open(options_.database));
    snapshot_connection_ = std::move(snapshots);
    writer_ = make_writer_(catalog_->database());
    WEIR_TRY(ensure_publication(*catalog_, options_.publication, options_.publication_mode, options_.tables));
    std::optional<ChangePosition> position;
    if (auto found = committed.find(partition_); found != committed.end()) {
      auto parsed = ChangePosition::parse(found->second);
      if (!parsed) return fail(parsed.error().at(partition_));
      position = *std::move(parsed);
    }
    WEIR_TRY(begin_at(std::move(position)));
    flushed_ = 0;
    polled_ = {};
    WEIR_TRY_VAR(now, catalog_->run("SELECT pg_current_wal_flush_lsn()"));
    end_ = parse_lsn(now.text(0, 0).value_or("")).value_or(0);
    last_heartbeat_ms_ = 0;
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    now_ms_ = now_ms;
    for (const ChangeTable& table : std::exchange(truncated_, {})) {
      writer_->learn(table);
      WEIR_TRY(writer_->truncate(table, {true, position_.lsn, 0, now_ms, now_ms}, into.records));
    }
    if (position_.snapshot) return read_tables(max_records, into);
    if (!stream_) WEIR_TRY(begin_stream());
    return read_stream(max_records, patience, into);
  }

  Result<> committed() override {
    if (polled_ <= flushed_) return {};
    flushed_ = polled_;
    return replication_ ? tell_status(false) : Result<>{};
  }

 private:
  // Finds or makes the slot, and says where to go on: in the tables, or in the stream.
  Result<> begin_at(std::optional<ChangePosition> position) {
    WEIR_TRY_VAR(slot, find_slot(*catalog_, options_.slot));
    if (const std::string what = position ? what_is_lost(slot, *position) : ""; !what.empty()) {
      const std::string whole =
          "postgres: slot " + options_.slot + " " + what + "; this connector is at " + lsn_text(position->lsn);
      const bool may_begin_anew = options_.snapshot == SnapshotMode::when_needed || options_.drops_slot;
      if (!may_begin_anew) {
        return fail(ErrorCode::invalid_config,
                    whole + "; snapshot.mode = when_needed reads the tables anew, after a truncation of each");
      }
      log_line::warn("{}; reading the tables anew", whole);
      if (slot) WEIR_TRY(drop_slot(*catalog_, options_.slot));
      slot.reset();
      position.reset();
      WEIR_TRY(truncate_all());
    }
    if (!slot) return begin_with_new_slot();
    WEIR_TRY(take_slot(*catalog_, *slot));
    if (!position) {  // killed before anything was committed here
      position = ChangePosition{slot->confirmed, 0, std::nullopt};
      if (options_.snapshot != SnapshotMode::never) position->snapshot.emplace();
    }
    position_ = *std::move(position);
    return position_.snapshot ? begin_tables({}) : Result<>{};
  }

  // Why the stream cannot go on from there; empty: it can.
  static std::string what_is_lost(const std::optional<ReplicationSlot>& slot, const ChangePosition& position) {
    if (!slot) return "is gone, and with it the changes since then";
    if (slot->is_lost) return "lost the log that it needs (max_slot_wal_keep_size)";
    if (position.lsn >= slot->confirmed) return {};
    return "has let go of everything before " + lsn_text(slot->confirmed) +
           ": somebody else reads it, or a power cut took the end of the topics";
  }

  Result<> begin_with_new_slot() {
    WEIR_TRY_VAR(connection, PgConnection::open(options_.database, PgPurpose::replication));
    WEIR_TRY_VAR(made, make_slot(*connection, options_.slot));
    position_ = {made.consistent, 0, std::nullopt};
    if (options_.snapshot == SnapshotMode::never) return {};
    position_.snapshot.emplace();
    return begin_tables(made.snapshot);  // while the connection holds it
  }

  Result<> begin_tables(const std::string& exported) {
    WEIR_TRY_VAR(tables, published_tables(*catalog_, options_.publication));
    WEIR_TRY_VAR(begun, TableSnapshot::begin(*snapshot_connection_, std::move(tables), *position_.snapshot, exported));
    snapshot_.emplace(std::move(begun));
    return {};
  }

  // What was there before is not true any more.
  Result<> truncate_all() {
    WEIR_TRY_VAR(tables, published_tables(*catalog_, options_.publication));
    for (const auto& name : tables) {
      WEIR_TRY_VAR(table, table_named(*catalog_, name));
      if (table) truncated_.push_back(*std::move(table));
    }
    return {};
  }

  Result<> read_tables(std::size_t max_records, SourceBatch& into) {
    const ChangeOrigin origin{true, position_.lsn, 0, now_ms_, now_ms_};
    WEIR_TRY(snapshot_->read(max_records, *writer_, origin, into.records));
    if (snapshot_->is_through()) {
      position_.snapshot.reset();
      snapshot_.reset();
    } else {
      position_.snapshot = snapshot_->position();
    }
    into.positions[partition_] = position_.to_json();
    return {};
  }

  Result<> begin_stream() {
    WEIR_TRY_VAR(connection, PgConnection::open(options_.database, PgPurpose::replication));
    std::string options = "proto_version '1', publication_names '" + quoted_name(options_.publication) + "'";
    if (writer_->wants_messages()) options += ", messages 'true'";
    WEIR_TRY(connection->start_copy_both("START_REPLICATION SLOT " + quoted_name(options_.slot) + " LOGICAL 0/0 (" +
                                         options + ")"));
    replication_ = std::move(connection);
    stream_.emplace(
        *writer_, [this](std::uint32_t table) { return primary_key_of(*catalog_, table); }, position_,
        options_.skips_malformed);
    last_status_ms_ = now_ms_;
    return {};
  }

  Result<> read_stream(std::size_t max_records, Millis patience, SourceBatch& into) {
    if (input_ == Input::is_complete || now_ms_ - last_status_ms_ >= kStatusIntervalMs) {
      WEIR_TRY(tell_status(input_ == Input::is_complete));
    }
    while (into.records.size() < max_records) {
      WEIR_TRY_VAR(frame, replication_->next_copy_data(into.records.empty() ? patience : Millis(0)));
      if (!frame) break;
      WEIR_TRY_VAR(decoded, decode_replication_frame(*frame));
      if (const auto* wal = std::get_if<PgWal>(&decoded)) {
        WEIR_TRY(stream_->take(wal->message, now_ms_, into));
      } else {
        const auto& keepalive = std::get<PgKeepalive>(decoded);
        stream_->is_sent(keepalive.end);
        if (keepalive.reply_asked) WEIR_TRY(tell_status(false));
        if (into.records.empty()) break;  // so that a heartbeat is not waited for
      }
    }
    into.at_end = input_ == Input::is_complete && into.records.empty() && stream_->complete() >= end_;
    const bool is_due = options_.heartbeat.count() > 0 && now_ms_ - last_heartbeat_ms_ >= options_.heartbeat.count();
    const bool has_moved = stream_->position() != position_;
    if (into.records.empty() && !(is_due && has_moved) && !into.at_end) return {};
    if (is_due && has_moved && into.records.empty()) add_heartbeat(into);
    last_heartbeat_ms_ = now_ms_;
    position_ = stream_->position();
    polled_ = stream_->complete();
    into.positions[partition_] = position_.to_json();
    return {};
  }

  void add_heartbeat(SourceBatch& into) const {
    if (options_.heartbeat_topic.empty()) return;
    ConnectRecord& record = into.records.add();
    record.topic = options_.heartbeat_topic;
    record.timestamp_ms = now_ms_;
    record.key = Payload::json(partition_);
    record.value = Payload::json("{\"ts_ms\":" + std::to_string(now_ms_) + "}");
  }

  Result<> tell_status(bool asks_reply) {
    last_status_ms_ = now_ms_;
    return replication_->send_copy_data(
        replication_status(std::max(stream_->complete(), flushed_), flushed_, now_ms_, asks_reply));
  }

  ChangeSourceOptions options_;
  MakeWriter make_writer_;
  std::string partition_;
  Input input_ = Input::may_grow;
  bool was_started_ = false;
  std::unique_ptr<PgConnection> catalog_;              // what is asked beside the stream
  std::unique_ptr<PgConnection> snapshot_connection_;  // holds the transaction in which tables are read
  std::unique_ptr<PgConnection> replication_;
  std::unique_ptr<ChangeWriter> writer_;
  std::vector<ChangeTable> truncated_;  // to be told before anything else
  std::optional<TableSnapshot> snapshot_;
  std::optional<ChangeStream> stream_;
  ChangePosition position_;  // behind what was polled
  Lsn polled_ = 0;           // what may be let go once the last poll is committed
  Lsn flushed_ = 0;          // what the server was told so
  Lsn end_ = 0;              // of the log when it started
  std::int64_t now_ms_ = 0;
  std::int64_t last_status_ms_ = 0;
  std::int64_t last_heartbeat_ms_ = 0;
};

}  // namespace

std::unique_ptr<Source> change_source(ChangeSourceOptions options, MakeWriter make_writer) {
  return std::make_unique<ChangeSource>(std::move(options), std::move(make_writer));
}

}  // namespace weir::connect
