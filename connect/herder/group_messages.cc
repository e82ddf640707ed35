#include "connect/herder/group_messages.h"

#include <map>
#include <utility>
#include <vector>

#include "log/base/cursor.h"

namespace weir::connect {

namespace {

constexpr std::int32_t kTheConnector = -1;

constexpr std::pair<GroupProtocol, std::string_view> kProtocols[] = {
    {GroupProtocol::eager, "default"},
    {GroupProtocol::compatible, "compatible"},
    {GroupProtocol::sessioned, "sessioned"},
};

void put_text(Writer& out, std::string_view text) {
  out.int16(static_cast<std::int16_t>(text.size()));
  out.bytes(text);
}

std::string text_of(Reader& in) {
  const std::int16_t size = in.int16();
  return std::string(in.bytes(size < 0 ? in.remaining() + 1 : static_cast<std::size_t>(size)));
}

void put_share(Writer& out, const Share& share) {
  std::map<std::string, std::vector<std::int32_t>> by_connector;
  for (const auto& connector : share.connectors) by_connector[connector].push_back(kTheConnector);
  for (const auto& task : share.tasks) by_connector[task.connector].push_back(task.task);
  out.int32(static_cast<std::int32_t>(by_connector.size()));
  for (const auto& [connector, tasks] : by_connector) {
    put_text(out, connector);
    out.int32(static_cast<std::int32_t>(tasks.size()));
    for (std::int32_t task : tasks) out.int32(task);
  }
}

// Nothing is taken for a count that is only promised.
Share share_of(Reader& in) {
  Share share;
  for (std::int32_t connectors = in.int32(); connectors > 0 && in.ok(); --connectors) {
    const std::string connector = text_of(in);
    for (std::int32_t count = in.int32(); count > 0 && in.ok(); --count) {
      const std::int32_t task = in.int32();
      if (!in.ok()) break;
      if (task == kTheConnector) {
        share.connectors.insert(connector);
      } else {
        share.tasks.insert({connector, task});
      }
    }
  }
  return share;
}

Result<std::int16_t> version_of(Reader& in, const char* what) {
  const std::int16_t version = in.int16();
  if (!in.ok()) return fail(ErrorCode::truncated, std::string(what) + " has no version");
  if (version < 0)
    return fail(ErrorCode::unsupported_version, std::string(what) + " has version " + std::to_string(version));
  return version;
}

}  // namespace

std::string_view name_of(GroupProtocol protocol) {
  return kProtocols[static_cast<std::size_t>(protocol)].second;
}

std::optional<GroupProtocol> group_protocol_named(std::string_view name) {
  for (const auto& [protocol, known] : kProtocols) {
    if (known == name) return protocol;
  }
  return std::nullopt;
}

OwnedBytes to_bytes(const WorkerSaid& said, GroupProtocol protocol) {
  OwnedBytes bytes;
  Writer out(bytes);
  out.int16(static_cast<std::int16_t>(protocol));
  put_text(out, said.url);
  out.int64(said.config_offset);
  if (protocol == GroupProtocol::eager) return bytes;
  if (said.has.empty()) {
    out.int32(-1);
    return bytes;
  }
  WorkerTold has;
  has.leader_url = said.url;
  has.config_offset = said.config_offset;
  has.gets = said.has;
  const OwnedBytes inner = to_bytes(has, protocol);
  out.int32(static_cast<std::int32_t>(inner.size()));
  out.bytes(inner);
  return bytes;
}

OwnedBytes to_bytes(const WorkerTold& told, GroupProtocol protocol) {
  OwnedBytes bytes;
  Writer out(bytes);
  out.int16(static_cast<std::int16_t>(protocol));
  out.int16(told.error);
  put_text(out, told.leader);
  put_text(out, told.leader_url);
  out.int64(told.config_offset);
  put_share(out, told.gets);
  if (protocol == GroupProtocol::eager) return bytes;
  put_share(out, told.gives_up);
  out.int32(told.delay_ms);
  return bytes;
}

Result<WorkerSaid> parse_worker_said(Bytes bytes) {
  Reader in(bytes);
  WEIR_TRY_VAR(version, version_of(in, "a worker's metadata"));
  WorkerSaid said;
  said.url = text_of(in);
  said.config_offset = in.int64();
  if (version >= 1 && in.ok() && !in.at_end()) {
    const std::int32_t size = in.int32();
    if (size >= 0) {
      WEIR_TRY_VAR(has, parse_worker_told(in.bytes(static_cast<std::size_t>(size))));
      said.has = std::move(has.gets);
    }
  }
  if (!in.ok()) return fail(ErrorCode::truncated, "a worker's metadata is not whole");
  return said;
}

Result<WorkerTold> parse_worker_told(Bytes bytes) {
  Reader in(bytes);
  WEIR_TRY_VAR(version, version_of(in, "a worker's assignment"));
  WorkerTold told;
  told.error = in.int16();
  told.leader = text_of(in);
  told.leader_url = text_of(in);
  told.config_offset = in.int64();
  told.gets = share_of(in);
  if (version >= 1 && in.ok() && !in.at_end()) {
    told.gives_up = share_of(in);
    told.delay_ms = in.int32();
  }
  if (!in.ok()) return fail(ErrorCode::truncated, "a worker's assignment is not whole");
  return told;
}

}  // namespace weir::connect
