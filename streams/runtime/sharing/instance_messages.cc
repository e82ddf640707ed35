#include "streams/runtime/sharing/instance_messages.h"

#include <algorithm>
#include <map>

#include "log/base/cursor.h"

namespace weir::streams {

namespace {

constexpr std::int16_t kVersion = 1;
constexpr std::int8_t kWindowsClosed = 1;

void put_text(Writer& out, const std::string& text) {
  out.int32(static_cast<std::int32_t>(text.size()));
  out.bytes(text);
}

void put_tasks(Writer& out, const std::vector<TaskId>& tasks) {
  std::map<std::size_t, std::vector<log::PartitionIndex>> stages;
  for (const TaskId& task : tasks) stages[task.stage].push_back(task.partition);
  out.int32(static_cast<std::int32_t>(stages.size()));
  for (auto& [stage, partitions] : stages) {
    std::ranges::sort(partitions);
    out.int32(static_cast<std::int32_t>(stage));
    out.int32(static_cast<std::int32_t>(partitions.size()));
    for (log::PartitionIndex partition : partitions) out.int32(partition.value());
  }
}

std::string text_of(Reader& in) {
  const std::int32_t size = in.int32();
  return std::string(in.bytes(size < 0 ? in.remaining() + 1 : static_cast<std::size_t>(size)));
}

// Nothing is taken for a count that is only promised.
std::vector<TaskId> tasks_of(Reader& in) {
  std::vector<TaskId> tasks;
  for (std::int32_t stages = in.int32(); stages > 0 && in.ok(); --stages) {
    const std::int32_t stage = in.int32();
    for (std::int32_t count = in.int32(); count > 0 && in.ok(); --count) {
      const std::int32_t partition = in.int32();
      if (stage < 0 || partition < 0) in.set_failed(Reader::State::ended);
      if (in.ok()) tasks.push_back({static_cast<std::size_t>(stage), log::PartitionIndex(partition)});
    }
  }
  return tasks;
}

Result<> check_version(Reader& in, const char* what) {
  const std::int16_t version = in.int16();
  if (!in.ok()) return fail(ErrorCode::truncated, std::string(what) + " has no version");
  if (version >= 1) return {};
  return fail(ErrorCode::unsupported_version, std::string(what) + " has version " + std::to_string(version));
}

Result<> check_whole(const Reader& in, const char* what) {
  return in.ok() ? Result<>() : Result<>(fail(ErrorCode::truncated, std::string(what) + " is not whole"));
}

}  // namespace

OwnedBytes to_bytes(const InstanceSaid& said) {
  OwnedBytes bytes;
  Writer out(bytes);
  out.int16(kVersion);
  put_text(out, said.name.id);
  out.int32(said.name.threads);
  out.int8(said.closes_windows ? kWindowsClosed : 0);
  out.int64(static_cast<std::int64_t>(said.shape));
  out.int64(static_cast<std::int64_t>(said.plan));
  out.int32(said.attempt);
  put_tasks(out, said.knows);
  return bytes;
}

OwnedBytes to_bytes(const InstanceTold& told) {
  OwnedBytes bytes;
  Writer out(bytes);
  out.int16(kVersion);
  out.int64(static_cast<std::int64_t>(told.plan));
  put_text(out, told.refused);
  put_tasks(out, told.tasks);
  out.int32(static_cast<std::int32_t>(told.instances.size()));
  for (const InstanceName& name : told.instances) {
    put_text(out, name.id);
    out.int32(name.threads);
  }
  return bytes;
}

Result<InstanceSaid> parse_said(Bytes bytes) {
  constexpr const char* kWhat = "what an instance says of itself";
  Reader in(bytes);
  WEIR_TRY(check_version(in, kWhat));
  InstanceSaid said;
  said.name.id = text_of(in);
  said.name.threads = in.int32();
  said.closes_windows = (in.int8() & kWindowsClosed) != 0;
  said.shape = static_cast<std::uint64_t>(in.int64());
  said.plan = static_cast<std::uint64_t>(in.int64());
  said.attempt = in.int32();
  said.knows = tasks_of(in);
  WEIR_TRY(check_whole(in, kWhat));
  if (said.name.threads < 1) return fail(ErrorCode::corrupt_message, "an instance without threads");
  return said;
}

Result<InstanceTold> parse_told(Bytes bytes) {
  constexpr const char* kWhat = "what an instance is told";
  Reader in(bytes);
  WEIR_TRY(check_version(in, kWhat));
  InstanceTold told;
  told.plan = static_cast<std::uint64_t>(in.int64());
  told.refused = text_of(in);
  told.tasks = tasks_of(in);
  for (std::int32_t count = in.int32(); count > 0 && in.ok(); --count) {
    InstanceName name;
    name.id = text_of(in);
    name.threads = in.int32();
    told.instances.push_back(std::move(name));
  }
  WEIR_TRY(check_whole(in, kWhat));
  return told;
}

}  // namespace weir::streams
