// What the server sends in a stream of logical replication, decoded: the frames of the stream, and in them the messages
// of pgoutput, protocol version 1 (PostgreSQL's manual, 55.4 and 55.9). Pure: bytes in, messages out. Everything is
// borrowed from the bytes.
//
//   frame   = 'w' start:8 end:8 time:8 message          | 'k' end:8 time:8 reply_asked:1
//   message = 'B' begin | 'C' commit | 'R' relation | 'Y' type | 'I' 'U' 'D' rows | 'T' truncate | 'M' message | 'O'
//   origin
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "connect/connectors/postgres_changes/lsn.h"
#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

struct PgField {
  enum class Is : char { null = 'n', unchanged = 'u', text = 't' };  // unchanged: a TOASTed value that is not sent
  Is is = Is::null;
  std::string_view text{};
};
using PgTuple = std::vector<PgField>;

struct PgBegin {
  Lsn commit_lsn = 0;               // where its commit record begins
  std::int64_t commit_time_us = 0;  // since 2000-01-01
  std::uint32_t transaction = 0;
};

struct PgCommit {
  Lsn commit_lsn = 0;
  Lsn end_lsn = 0;  // behind the commit record
  std::int64_t commit_time_us = 0;
};

struct PgRelation {
  struct Column {
    bool is_key = false;  // of the replica identity
    std::string_view name;
    std::uint32_t type = 0;
    std::int32_t modifier = -1;
  };
  std::uint32_t id = 0;
  std::string_view schema;
  std::string_view name;
  char identity = 'd';  // d: primary key, i: an index, f: all columns, n: nothing
  std::vector<Column> columns;
};

struct PgRowChange {
  enum class Kind : char { insert = 'I', update = 'U', remove = 'D' };
  enum class Old : char { none = 0, key = 'K', row = 'O' };
  Kind kind = Kind::insert;
  std::uint32_t relation = 0;
  Old old_is = Old::none;
  PgTuple old{};
  PgTuple fresh{};
};

struct PgTruncate {
  std::vector<std::uint32_t> relations;
};

struct PgLogicalMessage {
  bool is_transactional = false;
  Lsn lsn = 0;
  std::string_view prefix;
  Bytes content;
};

struct PgNothing {};  // what needs no action: origins, types

using PgMessage = std::variant<PgNothing, PgBegin, PgCommit, PgRelation, PgRowChange, PgTruncate, PgLogicalMessage>;

// corrupt_data: it is no such message, or ends before it should.
Result<PgMessage> decode_pgoutput(Bytes message);

struct PgWal {
  Lsn start = 0;
  Lsn end = 0;
  Bytes message;
};
struct PgKeepalive {
  Lsn end = 0;  // everything before it was sent
  bool reply_asked = false;
};
using PgFrame = std::variant<PgWal, PgKeepalive>;

Result<PgFrame> decode_replication_frame(Bytes frame);

// The standby's status, which says how far it is: written here, and safe here.
OwnedBytes replication_status(Lsn received, Lsn safe, std::int64_t now_ms, bool asks_reply);

// Milliseconds since 1970 of a time since 2000.
std::int64_t ms_since_1970(std::int64_t us_since_2000);

}  // namespace weir::connect
