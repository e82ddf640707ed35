#include "streams/runtime/attempt_log.h"

namespace weir::streams {

namespace {

std::optional<OwnedBytes> owned(const NullableBytes& bytes) {
  return bytes ? std::optional<OwnedBytes>(*bytes) : std::nullopt;
}
NullableBytes view(const std::optional<OwnedBytes>& bytes) {
  return bytes ? NullableBytes(*bytes) : std::nullopt;
}

}  // namespace

class AttemptLog::GuardedOutput final : public Output {
 public:
  GuardedOutput(AttemptLog& log, std::unique_ptr<Output> output) : log_(log), output_(std::move(output)) {}

  Result<> send(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                const log::HeadersView* headers) override {
    if (!log_.is_within_attempt()) return output_->send(timestamp_ms, key, value, headers);
    WEIR_TRY(output_->check(timestamp_ms, key, value, headers));
    log_.hold(*output_, std::nullopt, timestamp_ms, key, value, headers);
    return {};
  }
  Result<> send_to(log::PartitionIndex partition, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                   const log::HeadersView* headers) override {
    if (!log_.is_within_attempt()) return output_->send_to(partition, timestamp_ms, key, value, headers);
    WEIR_TRY(output_->check(timestamp_ms, key, value, headers));
    log_.hold(*output_, partition, timestamp_ms, key, value, headers);
    return {};
  }
  std::int32_t partitions() const override { return output_->partitions(); }
  Result<> check(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                 const log::HeadersView* headers) const override {
    return output_->check(timestamp_ms, key, value, headers);
  }

 private:
  AttemptLog& log_;
  const std::unique_ptr<Output> output_;
};

std::unique_ptr<Output> AttemptLog::guard(std::unique_ptr<Output> output) {
  return std::make_unique<GuardedOutput>(*this, std::move(output));
}

void AttemptLog::hold(Output& output, std::optional<log::PartitionIndex> partition, std::int64_t timestamp_ms,
                      NullableBytes key, NullableBytes value, const log::HeadersView* headers) {
  Held held{&output, partition, timestamp_ms, owned(key), owned(value), 0, {}};
  if (headers != nullptr) {
    held.header_count = headers->count;
    held.headers = headers->encoded;
  }
  held_.push_back(std::move(held));
}

std::size_t AttemptLog::roll_back() {
  const std::size_t dropped = held_.size() - savepoints_.back();
  held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(savepoints_.back()), held_.end());
  savepoints_.pop_back();
  return dropped;
}

Result<> AttemptLog::release_savepoint() {
  savepoints_.pop_back();
  if (!savepoints_.empty()) return {};
  for (const Held& held : std::exchange(held_, {})) WEIR_TRY(send(held));
  return {};
}

Result<> AttemptLog::send(const Held& held) {
  const log::HeadersView headers{held.header_count, held.headers};
  const auto* with = headers.empty() ? nullptr : &headers;
  if (!held.partition) return held.output->send(held.timestamp_ms, view(held.key), view(held.value), with);
  return held.output->send_to(*held.partition, held.timestamp_ms, view(held.key), view(held.value), with);
}

}  // namespace weir::streams
