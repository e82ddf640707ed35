// Messages of pgoutput, as a server writes them: for tests of what reads them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/base/cursor.h"

namespace weir::connect::change_bytes {

inline OwnedBytes begin(std::int64_t commit_lsn, std::int64_t time_us = 0, std::uint32_t transaction = 7) {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8('B');
  writer.int64(commit_lsn);
  writer.int64(time_us);
  writer.uint32(transaction);
  return bytes;
}

inline OwnedBytes commit(std::int64_t commit_lsn, std::int64_t end_lsn) {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8('C');
  writer.int8(0);
  writer.int64(commit_lsn);
  writer.int64(end_lsn);
  writer.int64(0);
  return bytes;
}

struct Column {
  std::string name;
  std::uint32_t type;
  bool is_key = false;
};

inline OwnedBytes relation(std::uint32_t id, const std::vector<Column>& columns, char identity = 'd') {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8('R');
  writer.uint32(id);
  writer.bytes(std::string("public\0things\0", 14));
  writer.int8(identity);
  writer.int16(static_cast<std::int16_t>(columns.size()));
  for (const auto& column : columns) {
    writer.int8(column.is_key ? 1 : 0);
    writer.bytes(column.name);
    writer.int8(0);
    writer.uint32(column.type);
    writer.int32(-1);
  }
  return bytes;
}

// "~" is a value that is not sent.
using Row = std::vector<std::optional<std::string>>;

inline void append_row(char kind, const Row& row, OwnedBytes& bytes) {
  Writer writer(bytes);
  writer.int8(kind);
  writer.int16(static_cast<std::int16_t>(row.size()));
  for (const auto& field : row) {
    if (!field || *field == "~") {
      writer.int8(field ? 'u' : 'n');
      continue;
    }
    writer.int8('t');
    writer.int32(static_cast<std::int32_t>(field->size()));
    writer.bytes(*field);
  }
}

inline OwnedBytes change(char kind, std::uint32_t relation, std::optional<std::pair<char, Row>> old,
                         std::optional<Row> fresh) {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8(kind);
  writer.uint32(relation);
  if (old) append_row(old->first, old->second, bytes);
  if (fresh) append_row('N', *fresh, bytes);
  return bytes;
}

inline OwnedBytes truncate(const std::vector<std::uint32_t>& relations) {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8('T');
  writer.int32(static_cast<std::int32_t>(relations.size()));
  writer.int8(0);
  for (std::uint32_t id : relations) writer.uint32(id);
  return bytes;
}

inline OwnedBytes message(const std::string& prefix, const std::string& content, bool is_transactional = true) {
  OwnedBytes bytes;
  Writer writer(bytes);
  writer.int8('M');
  writer.int8(is_transactional ? 1 : 0);
  writer.int64(99);
  writer.bytes(prefix);
  writer.int8(0);
  writer.int32(static_cast<std::int32_t>(content.size()));
  writer.bytes(content);
  return bytes;
}

}  // namespace weir::connect::change_bytes
