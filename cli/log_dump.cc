// weir log dump: what lies in a log's segments, batch by batch.

#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/clock.h"
#include "log/base/json_writer.h"
#include "log/model/for_each_record.h"
#include "log/storage/dump.h"
#include "log/storage/format.h"

namespace weir::cli {

namespace {

using namespace log::storage;  // NOLINT: this file is about storage

struct DumpOptions {
  std::string data;
  std::string topic;
  std::int32_t partition = -1;
  bool with_records = false;
  Output output = Output::text;
};

// The segments of the partitions that were asked for, in order.
Result<std::vector<std::string>> segments_of(const DumpOptions& options) {
  const std::string partitions = options.data + "/partitions";
  WEIR_TRY_VAR(names, posix_files().list(partitions));
  std::vector<std::string> segments;
  bool has_match = false;
  for (const auto& name : names) {
    auto directory = PartitionDirectory::parse(name);
    if (!directory) continue;
    const auto& found = directory->partition;
    if (!options.topic.empty() && !directory->is_of(options.topic)) continue;
    if (options.partition >= 0 && found.partition.value() != options.partition) continue;
    has_match = true;
    WEIR_TRY_VAR(files, posix_files().list(partitions + "/" + name));
    for (const auto& file : files) {
      if (offset_in_name(file, kLogSuffix)) segments.push_back(partitions + "/" + name + "/" + file);
    }
  }
  if (has_match || (options.topic.empty() && options.partition < 0)) return segments;
  return fail(ErrorCode::unknown_topic_or_partition, "there is no such partition in " + options.data);
}

std::string as_json(const DumpedBatch& dumped) {
  const log::BatchHeader& header = dumped.batch.header;
  std::string text = "{\"position\":" + std::to_string(dumped.position);
  auto add = [&](const char* name, const std::string& value) {
    text += std::string(",\"") + name + "\":" + value;
  };
  auto flag = [](bool is_set) {
    return std::string(is_set ? "true" : "false");
  };
  add("base_offset", std::to_string(header.base_offset.value()));
  add("last_offset", std::to_string(header.last_offset().value()));
  add("count", std::to_string(header.count));
  add("bytes", std::to_string(header.size_bytes()));
  add("leader_epoch", std::to_string(header.leader_epoch.value()));
  add("producer_id", std::to_string(header.producer_id.value()));
  add("producer_epoch", std::to_string(header.producer_epoch.value()));
  add("base_sequence", std::to_string(header.base_sequence.value()));
  add("max_timestamp", std::to_string(header.max_timestamp));
  add("transactional", flag(header.is_transactional()));
  add("control", flag(header.is_control()));
  add("compression", "\"" + std::string(log::name_of(header.compression())) + "\"");
  add("right_checksum", flag(dumped.has_right_checksum));
  return text;
}

void append_json(const log::RecordView& record, std::string& text) {
  text += "{\"offset\":" + std::to_string(record.offset.value()) +
          ",\"timestamp\":" + std::to_string(record.timestamp_ms) + ",\"key\":";
  auto append_hex = [&](const NullableBytes& bytes) {
    text += bytes ? "\"" + to_hex(*bytes) + "\"" : "null";
  };
  append_hex(record.key);
  text += ",\"value\":";
  append_hex(record.value);
  text += ",\"headers\":" + std::to_string(record.headers.count) + "}";
}

// Calls `use` for each record of a batch; a batch whose checksum is wrong has none that could be believed.
template <class Use>
Result<> each_record(const DumpedBatch& dumped, Use&& use) {
  if (!dumped.has_right_checksum) return {};
  return log::for_each_record(dumped.batch, use);
}

Result<> print_text(const DumpedBatch& dumped, bool with_records) {
  std::string text = "  " + describe(dumped) + "\n";
  if (with_records) {
    WEIR_TRY(each_record(dumped, [&](const log::RecordView& record) { text += "    " + describe(record) + "\n"; }));
  }
  return print(text);
}

Result<> print_json(const std::string& segment, const DumpedBatch& dumped, bool with_records) {
  std::string text = as_json(dumped);
  text += ",\"segment\":";
  append_json_string(segment, text);
  if (with_records) {
    text += ",\"records\":[";
    bool is_first = true;
    WEIR_TRY(each_record(dumped, [&](const log::RecordView& record) {
      if (!is_first) text.push_back(',');
      is_first = false;
      append_json(record, text);
    }));
    text += "]";
  }
  return print(text + "}\n");
}

constexpr int kTries = 20;

bool is_torn(const Result<>& dumped) {
  return !dumped && dumped.error().code == ErrorCode::truncated;
}

// Is a program writing?
bool is_owned(const std::string& data) {
  auto lock = posix_files().lock(data + "/lock");
  return !lock && lock.error().code == ErrorCode::locked;
}

Result<int> dump(const DumpOptions& options) {
  WEIR_TRY_VAR(segments, segments_of(options));
  int status = kDone;
  for (const auto& segment : segments) {
    if (options.output == Output::text) WEIR_TRY(print(segment + "\n"));
    std::uint64_t next = 0;
    auto show = [&](const DumpedBatch& batch) {
      next = batch.position + batch.batch.bytes.size();
      if (!batch.has_right_checksum) status = kFailed;
      return options.output == Output::json ? print_json(segment, batch, options.with_records)
                                            : print_text(batch, options.with_records);
    };
    auto dumped = dump_segment(posix_files(), segment, show);
    // Beside its writer the end may be a batch that is just being written.
    for (int tries = 0; is_torn(dumped) && tries < kTries && is_owned(options.data); ++tries) {
      Clock& clock = SystemClock::instance();
      (void)clock.make_parker()->park(clock.deadline_ns(Millis(2)));
      dumped = dump_segment(posix_files(), segment, show, next);
    }
    if (dumped || (is_torn(dumped) && is_owned(options.data))) continue;
    // What is behind it in this segment cannot be told apart; the other segments can.
    if (dumped.error().code != ErrorCode::corrupt_data && dumped.error().code != ErrorCode::truncated) {
      return fail(dumped.error());
    }
    std::fprintf(stderr, "weir: %s\n", dumped.error().to_string().c_str());
    status = kFailed;
  }
  return status;
}

}  // namespace

void add_log_dump(CLI::App& log, Action& chosen) {
  auto options = std::make_shared<DumpOptions>();
  auto* verb = log.add_subcommand("dump", "the batches in a log's segments");
  add_data(*verb, options->data);
  verb->add_option("--topic", options->topic, "only this one")->type_name("TOPIC");
  verb->add_option("-p,--partition", options->partition, "only this one")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  verb->add_flag("--records", options->with_records, "the records in each batch, too");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, dump);
}

}  // namespace weir::cli
