#include "log/base/crc32c.h"
#include "log/base/cursor.h"
#include "log/model/ids.h"
#include "log/model/placement.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

std::string read(Reader& reader, const std::string& type) {
  if (type == "varint") return std::to_string(reader.varint());
  if (type == "varlong") return std::to_string(reader.varlong());
  if (type == "unsigned_varint") return std::to_string(reader.unsigned_varint());
  if (type == "unsigned_varlong") return std::to_string(reader.unsigned_varlong());
  return "unknown type " + type;
}

void write(Writer& writer, const std::string& type, const std::string& value) {
  if (type == "varint") writer.varint(static_cast<std::int32_t>(std::stoll(value)));
  if (type == "varlong") writer.varlong(std::stoll(value));
  if (type == "unsigned_varint") writer.unsigned_varint(static_cast<std::uint32_t>(std::stoull(value)));
  if (type == "unsigned_varlong") writer.unsigned_varlong(std::stoull(value));
}

std::string value_text(const Object& line) {
  const auto& value = line.at("value");
  return value.is_string() ? std::string(value.as_string()) : std::to_string(number_of(value));
}

Failure check_decode(const Object& line, const std::string& type) {
  OwnedBytes bytes = bytes_of(line, "hex");
  Reader reader(bytes);
  std::string value = read(reader, type);
  if (!is_null(line, "error")) {
    bool ended = text_of(line, "error") == "BufferUnderflowException";
    auto expected = ended ? Reader::State::ended : Reader::State::varint_too_long;
    return reader.state() == expected ? std::nullopt : Failure("failed in another way, or not at all");
  }
  if (!reader.ok()) return "was refused";
  if (value != value_text(line)) return "gave " + value;
  if (static_cast<std::int64_t>(reader.position()) != number_of(line, "used")) return "read another number of bytes";
  return std::nullopt;
}

}  // namespace

Failure check_varints(const Object& line) {
  std::string kind = text_of(line, "kind");
  constexpr std::string_view kDecode = "decode_";
  if (kind.starts_with(kDecode)) return check_decode(line, kind.substr(kDecode.size()));
  OwnedBytes bytes = bytes_of(line, "hex");
  Reader reader(bytes);
  std::string value = read(reader, kind);
  if (!reader.ok() || !reader.at_end() || value != value_text(line)) return "decoded to " + value;
  OwnedBytes encoded;
  Writer writer(encoded);
  write(writer, kind, value_text(line));
  if (encoded != bytes) return "encoded to " + to_hex(encoded);
  return std::nullopt;
}

namespace {

Failure check_crc32c(const Object& line) {
  OwnedBytes bytes = bytes_of(line, "hex");
  auto expected = static_cast<std::uint32_t>(number_of(line, "crc"));
  if (crc32c(bytes) != expected) return "gave " + std::to_string(crc32c(bytes));
  if (crc32c_portable(bytes) != expected) return "the portable one gave " + std::to_string(crc32c_portable(bytes));
  return std::nullopt;
}

Failure check_uuid(const Object& line) {
  auto id = log::Uuid::parse(text_of(line, "text"));
  if (!id) return "was refused";
  std::string hex = to_hex(Bytes(reinterpret_cast<const char*>(id->bytes.data()), id->bytes.size()));
  if (hex != text_of(line, "hex")) return "parsed to " + hex;
  if (id->to_string() != text_of(line, "text")) return "printed as " + id->to_string();
  return std::nullopt;
}

Failure check_partitions(const Object& line, log::PartitionIndex (*choose)(Bytes, std::int32_t), Bytes id) {
  for (const auto& entry : line.at("partitions").as_array()) {
    auto count = static_cast<std::int32_t>(number_of(entry.as_array()[0]));
    auto ours = choose(id, count).value();
    if (ours != number_of(entry.as_array()[1])) {
      return "of " + std::to_string(count) + " partitions chose " + std::to_string(ours);
    }
  }
  return std::nullopt;
}

Failure check_murmur2(const Object& line) {
  OwnedBytes key = bytes_of(line, "key_hex");
  if (log::murmur2(key) != number_of(line, "hash")) return "gave " + std::to_string(log::murmur2(key));
  return check_partitions(line, log::partition_of_key, key);
}

Failure check_coordinator_partition(const Object& line) {
  std::string id = text_of(line, "id");
  if (id != bytes_of(line, "id_utf8_hex")) return "the id is read otherwise";
  std::int32_t hash = log::java_string_hash(id);
  if (hash != number_of(line, "string_hash")) return "gave " + std::to_string(hash);
  return check_partitions(line, log::coordinator_partition, id);
}

}  // namespace

Failure check_hashes(const Object& line) {
  std::string kind = text_of(line, "kind");
  if (kind == "crc32c") return check_crc32c(line);
  if (kind == "uuid") return check_uuid(line);
  if (kind == "murmur2") return check_murmur2(line);
  return check_coordinator_partition(line);
}

}  // namespace weir::vectors
