#include "connect/connectors/postgres_changes/pgoutput.h"

#include "log/base/cursor.h"

namespace weir::connect {

namespace {

constexpr std::int64_t kMs2000 = 946'684'800'000;  // 2000-01-01 since 1970

Lsn read_lsn(Reader& reader) {
  return static_cast<Lsn>(reader.int64());
}

// Up to its NUL.
std::string_view read_text(Reader& reader) {
  const Bytes rest = reader.rest();
  const std::size_t end = rest.find('\0');
  if (end == Bytes::npos) {
    reader.set_failed(Reader::State::ended);
    return {};
  }
  reader.skip(end + 1);
  return rest.substr(0, end);
}

PgTuple read_tuple(Reader& reader) {
  PgTuple tuple;
  const int count = reader.int16();
  for (int i = 0; i < count && reader.ok(); ++i) {
    const char kind = static_cast<char>(reader.int8());
    if (kind == 'n') {
      tuple.push_back({PgField::Is::null});
    } else if (kind == 'u') {
      tuple.push_back({PgField::Is::unchanged});
    } else if (kind == 't') {
      const std::int32_t size = reader.int32();
      if (size < 0) reader.set_failed(Reader::State::ended);
      tuple.push_back({PgField::Is::text, reader.bytes(static_cast<std::size_t>(size))});
    } else {
      reader.set_failed(Reader::State::ended);
    }
  }
  return tuple;
}

PgBegin read_begin(Reader& reader) {
  PgBegin begin;
  begin.commit_lsn = read_lsn(reader);
  begin.commit_time_us = reader.int64();
  begin.transaction = reader.uint32();
  return begin;
}

PgCommit read_commit(Reader& reader) {
  PgCommit commit;
  reader.int8();  // flags, not used
  commit.commit_lsn = read_lsn(reader);
  commit.end_lsn = read_lsn(reader);
  commit.commit_time_us = reader.int64();
  return commit;
}

PgRelation read_relation(Reader& reader) {
  PgRelation relation;
  relation.id = reader.uint32();
  relation.schema = read_text(reader);
  if (relation.schema.empty()) relation.schema = "pg_catalog";
  relation.name = read_text(reader);
  relation.identity = static_cast<char>(reader.int8());
  const int count = reader.int16();
  for (int i = 0; i < count && reader.ok(); ++i) {
    PgRelation::Column column;
    column.is_key = (reader.int8() & 1) != 0;
    column.name = read_text(reader);
    column.type = reader.uint32();
    column.modifier = reader.int32();
    relation.columns.push_back(column);
  }
  return relation;
}

// `kind` has been read; what follows is the old tuple, the new one, or both.
PgRowChange read_change(Reader& reader, PgRowChange::Kind kind) {
  PgRowChange change;
  change.kind = kind;
  change.relation = reader.uint32();
  char what = static_cast<char>(reader.int8());
  if (kind != PgRowChange::Kind::insert && (what == 'K' || what == 'O')) {
    change.old_is = static_cast<PgRowChange::Old>(what);
    change.old = read_tuple(reader);
    if (kind == PgRowChange::Kind::remove) return change;
    what = static_cast<char>(reader.int8());
  }
  if (what != 'N' || kind == PgRowChange::Kind::remove) reader.set_failed(Reader::State::ended);
  change.fresh = read_tuple(reader);
  return change;
}

PgTruncate read_truncate(Reader& reader) {
  PgTruncate truncate;
  const std::int32_t count = reader.int32();
  reader.int8();  // CASCADE, RESTART IDENTITY
  for (std::int32_t i = 0; i < count && reader.ok(); ++i) truncate.relations.push_back(reader.uint32());
  return truncate;
}

PgLogicalMessage read_logical_message(Reader& reader) {
  PgLogicalMessage message;
  message.is_transactional = (reader.int8() & 1) != 0;
  message.lsn = read_lsn(reader);
  message.prefix = read_text(reader);
  const std::int32_t size = reader.int32();
  if (size < 0) reader.set_failed(Reader::State::ended);
  message.content = reader.bytes(static_cast<std::size_t>(size));
  return message;
}

Result<PgMessage> read_message(char kind, Reader& reader) {
  switch (kind) {
    case 'B':
      return read_begin(reader);
    case 'C':
      return read_commit(reader);
    case 'R':
      return read_relation(reader);
    case 'I':
    case 'U':
    case 'D':
      return read_change(reader, static_cast<PgRowChange::Kind>(kind));
    case 'T':
      return read_truncate(reader);
    case 'M':
      return read_logical_message(reader);
    case 'O':
    case 'Y':
      reader.skip(reader.remaining());
      return PgNothing{};
    default:
      return fail(ErrorCode::corrupt_data, std::string("pgoutput: a message of kind '") + kind + "'");
  }
}

}  // namespace

Result<PgMessage> decode_pgoutput(Bytes message) {
  if (message.empty()) return fail(ErrorCode::corrupt_data, "pgoutput: an empty message");
  const char kind = message[0];
  Reader reader(message.substr(1));
  WEIR_TRY_VAR(decoded, read_message(kind, reader));
  if (reader.ok() && reader.at_end()) return decoded;
  return fail(ErrorCode::corrupt_data, std::string("pgoutput: a message '") + kind + "' of " +
                                           std::to_string(message.size()) + " bytes is not what it should be");
}

Result<PgFrame> decode_replication_frame(Bytes frame) {
  if (frame.empty()) return fail(ErrorCode::corrupt_data, "an empty frame of replication");
  Reader reader(frame.substr(1));
  if (frame[0] == 'w') {
    PgWal wal;
    wal.start = read_lsn(reader);
    wal.end = read_lsn(reader);
    reader.int64();  // the server's clock
    wal.message = reader.rest();
    if (reader.ok()) return wal;
  }
  if (frame[0] == 'k') {
    PgKeepalive keepalive;
    keepalive.end = read_lsn(reader);
    reader.int64();
    keepalive.reply_asked = reader.int8() != 0;
    if (reader.ok() && reader.at_end()) return keepalive;
  }
  return fail(ErrorCode::corrupt_data, std::string("a frame of replication of kind '") + frame[0] + "', " +
                                           std::to_string(frame.size()) + " bytes");
}

OwnedBytes replication_status(Lsn received, Lsn safe, std::int64_t now_ms, bool asks_reply) {
  OwnedBytes status;
  Writer writer(status);
  writer.int8('r');
  writer.int64(static_cast<std::int64_t>(received));
  writer.int64(static_cast<std::int64_t>(safe));
  writer.int64(static_cast<std::int64_t>(safe));
  writer.int64((now_ms - kMs2000) * 1'000);
  writer.int8(asks_reply ? 1 : 0);
  return status;
}

std::int64_t ms_since_1970(std::int64_t us_since_2000) {
  return us_since_2000 / 1'000 + kMs2000;
}

}  // namespace weir::connect
