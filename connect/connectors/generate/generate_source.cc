#include "connect/connectors/generate/generate_source.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace weir::connect {

namespace {

struct Stream {
  std::uint32_t index;
  std::string partition;
  std::uint64_t given = 0;

  std::uint64_t next_number() const { return given * kGenerateStreams + index; }
};

Result<std::uint64_t> given_in(const OwnedBytes& position) {
  constexpr std::string_view kBegin = "{\"given\":";
  std::uint64_t given = 0;
  const char* end = position.data() + position.size();
  if (position.starts_with(kBegin)) {
    auto [stop, error] = std::from_chars(position.data() + kBegin.size(), end, given);
    if (error == std::errc{} && stop + 1 == end && *stop == '}') return given;
  }
  return fail(ErrorCode::corrupt_data, "unreadable position of a generate source: '" + position + "'");
}

class GenerateSource final : public Source {
 public:
  GenerateSource(GenerateOptions options, Clock& clock)
      : options_(std::move(options)), clock_(clock), parker_(clock.make_parker()) {
    for (std::uint32_t i = 0; i < kGenerateStreams; ++i) {
      const auto& chosen = options_.streams;
      if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), i) == chosen.end()) continue;
      streams_.push_back({i, "{\"stream\":" + std::to_string(i) + "}"});
    }
  }

  Result<> start(const SourcePositions& committed, Input) override {
    for (Stream& stream : streams_) {
      stream.given = 0;
      auto found = committed.find(stream.partition);
      if (found == committed.end()) continue;
      WEIR_TRY_VAR(given, given_in(found->second));
      stream.given = given;
    }
    begun_ms_ = clock_.monotonic_ms();
    given_since_ = 0;
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    if (next() == nullptr) {
      into.at_end = true;
      return {};
    }
    wait_until_due(patience);
    for (std::size_t due = std::min(max_records, due_now()); due > 0; --due) {
      Stream* stream = next();
      if (stream == nullptr) break;
      give(*stream, now_ms, into);
    }
    return {};
  }

 private:
  // The stream whose turn it is; null: all have given all.
  Stream* next() {
    auto least = std::min_element(streams_.begin(), streams_.end(),
                                  [](const Stream& a, const Stream& b) { return a.next_number() < b.next_number(); });
    if (least == streams_.end() || (options_.count > 0 && least->next_number() >= options_.count)) return nullptr;
    return &*least;
  }

  void give(Stream& stream, std::int64_t now_ms, SourceBatch& into) {
    const std::uint64_t number = stream.next_number();
    ConnectRecord record = generated_record(options_.kind, options_.seed, number);
    record.timestamp_ms = now_ms;
    if (options_.first_timestamp_ms) {
      const double later = static_cast<double>(number) * 1'000 / options_.steps_per_second;
      record.timestamp_ms = *options_.first_timestamp_ms + static_cast<std::int64_t>(later);
    }
    into.records.push_back(std::move(record));
    ++stream.given;
    ++given_since_;
    into.positions[stream.partition] = "{\"given\":" + std::to_string(stream.given) + "}";
  }

  std::size_t due_now() const {
    if (options_.rate <= 0) return std::numeric_limits<std::size_t>::max();
    const double allowed = static_cast<double>(clock_.monotonic_ms() - begun_ms_) * options_.rate / 1'000 + 1;
    return allowed > given_since_ ? static_cast<std::size_t>(allowed - given_since_) : 0;
  }

  void wait_until_due(Millis patience) {
    if (due_now() > 0) return;
    const double due_ms = given_since_ * 1'000 / options_.rate;
    const double wait_ms = static_cast<double>(begun_ms_) + due_ms - static_cast<double>(clock_.monotonic_ms());
    const auto wait = std::min(patience, Millis(static_cast<std::int64_t>(std::max(wait_ms, 0.0)) + 1));
    const std::int64_t end_ns = clock_.deadline_ns(wait);
    while (parker_->park(end_ns)) continue;
  }

  GenerateOptions options_;
  Clock& clock_;
  std::unique_ptr<Parker> parker_;
  std::vector<Stream> streams_;
  std::int64_t begun_ms_ = 0;
  double given_since_ = 0;
};

constexpr Setting kGenerateSettings[] = {
    {.name = "kind",
     .type = SettingType::choice,
     .otherwise = "payments",
     .choices = "payments|clicks|sensors",
     .meaning = "what the records are"},
    {.name = "seed",
     .type = SettingType::integer,
     .otherwise = "1",
     .least = 0,
     .most = std::numeric_limits<std::int64_t>::max(),
     .meaning = "the same seed gives the same records"},
    {.name = "count",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = std::numeric_limits<std::int64_t>::max(),
     .meaning = "how many there are, of all tasks; 0: without end"},
    {.name = "rate",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = 100'000'000,
     .meaning = "how many come in a second, of all tasks; 0: as fast as they are taken"},
    {.name = "first.timestamp.ms",
     .type = SettingType::integer,
     .otherwise = "-1",
     .least = -1,
     .most = std::numeric_limits<std::int64_t>::max() / 2,
     .meaning = "the timestamp of the first record, in milliseconds since 1970; those of the others follow at the "
                "rate, or by a millisecond each without one; -1: when a record is given"},
    {.name = "streams", .meaning = "which of the 16 streams of numbers this task gives; tasks share them out"},
};

Result<std::vector<ConnectorClass::TaskSettings>> share_streams(const Settings& settings, std::size_t at_most) {
  const std::size_t count = std::min<std::size_t>(at_most, kGenerateStreams);
  if (settings.is_set("streams")) return std::vector<ConnectorClass::TaskSettings>(1);
  std::vector<ConnectorClass::TaskSettings> tasks(count);
  for (std::size_t stream = 0; stream < kGenerateStreams; ++stream) {
    std::string& own = tasks[stream % count]["streams"];
    own += (own.empty() ? "" : ",") + std::to_string(stream);
  }
  return tasks;
}

Result<GenerateOptions> generate_options(const Settings& settings) {
  GenerateOptions options;
  options.kind = static_cast<Generated>(settings.choice("kind"));
  options.seed = static_cast<std::uint64_t>(settings.integer("seed"));
  options.count = static_cast<std::uint64_t>(settings.integer("count"));
  for (const std::string& stream : settings.list("streams")) {
    std::uint32_t index = 0;
    auto [end, error] = std::from_chars(stream.data(), stream.data() + stream.size(), index);
    if (error != std::errc{} || end != stream.data() + stream.size() || index >= kGenerateStreams) {
      return fail(settings.wrong("streams", "must be numbers from 0 to 15, separated by commas"));
    }
    options.streams.push_back(index);
  }
  const double share = options.streams.empty() ? 1 : static_cast<double>(options.streams.size()) / kGenerateStreams;
  const auto rate = static_cast<double>(settings.integer("rate"));
  options.rate = rate * share;
  if (rate > 0) options.steps_per_second = rate;
  if (const auto first = settings.integer("first.timestamp.ms"); first >= 0) options.first_timestamp_ms = first;
  return options;
}

}  // namespace

std::unique_ptr<Source> generate_source(GenerateOptions options, Clock& clock) {
  return std::make_unique<GenerateSource>(std::move(options), clock);
}

ConnectorClass generate_class() {
  return {.names = {"generate", "generate-source", "DatagenConnector"},
          .settings = kGenerateSettings,
          .summary = "Makes up payments, clicks or readings of sensors; the same seed gives the same records.",
          .guarantee = "exactly once: the position of each of its 16 streams is how many it has given",
          .tasks = share_streams,
          .make_source = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, generate_options(settings));
            return generate_source(std::move(options), context.clock);
          }};
}

}  // namespace weir::connect
