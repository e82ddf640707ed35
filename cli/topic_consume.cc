// weir topic consume: prints records of a topic.
#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/record_format.h"
#include "cli/record_scan.h"
#include "cli/standard_output.h"
#include "cli/start_offset.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct ConsumeOptions {
  LogPlace log;
  std::string topic;
  std::string from = "earliest";
  bool until_end = false;
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
  std::vector<std::int32_t> partitions;
  bool with_uncommitted = false;
  std::string format = "%s\\n";
  Output output = Output::text;
  ValueFormat key = ValueFormat::string;
  ValueFormat value = ValueFormat::string;
};

using Ends = std::map<log::TopicPartition, log::Offset>;

class Consumption {
 public:
  Consumption(const ConsumeOptions& options, RecordFormat format, std::unique_ptr<log::Consumer> consumer)
      : options_(options), format_(std::move(format)), consumer_(std::move(consumer)) {}

  Result<> begin(const log::Client& client, std::vector<log::TopicPartition> partitions, const StartOffset& from) {
    WEIR_TRY(consumer_->assign(partitions));
    auto isolation = options_.with_uncommitted ? log::Isolation::read_uncommitted : log::Isolation::read_committed;
    WEIR_TRY_VAR(scan, RecordScan::make(client, isolation));
    WEIR_TRY_VAR(begins, consumer_->beginning_offsets(partitions));
    WEIR_TRY_VAR(ends, consumer_->end_offsets(partitions, isolation));
    for (const auto& partition : partitions) {
      auto start = from.before_end()
                       ? scan.before_end(partition, begins[partition], ends[partition], *from.before_end())
                       : from.in(begins[partition], ends[partition]);
      if (!start) return fail(start.error().at(partition.to_string()));
      WEIR_TRY(consumer_->seek(partition, *start));
    }
    if (options_.until_end) ends_ = std::move(ends);
    return {};
  }

  Result<> run() {
    constexpr Millis kWait{100};
    for (;;) {
      WEIR_TRY_VAR(done, is_done());
      if (done) return {};
      WEIR_TRY_VAR(batches, consumer_->poll(kWait));
      WEIR_TRY(print_all(batches));
    }
  }

 private:
  Result<bool> is_done() const {
    if (printed_ >= options_.count) return true;
    if (!ends_) return false;
    for (const auto& [partition, end] : *ends_) {
      WEIR_TRY_VAR(position, consumer_->position(partition));
      if (position < end) return false;
    }
    return true;
  }

  // Up to the first that cannot be read or printed, which then is the error.
  Result<> print_all(const std::vector<log::FetchedBatch>& batches) {
    std::string text;
    Result<> outcome;
    for (const auto& batch : batches) {
      outcome = append(batch, text);
      if (!outcome) break;
    }
    if (!text.empty()) WEIR_TRY(print(text));
    return outcome;
  }

  Result<> append(const log::FetchedBatch& batch, std::string& text) {
    return log::for_each_record(reader_, batch, [&](const log::RecordView& record) -> Result<> {
      if (printed_ >= options_.count || (ends_ && record.offset >= ends_->at(batch.partition))) return {};
      ++printed_;
      const std::size_t before = text.size();
      auto appended = options_.output == Output::json
                          ? append_json_line(batch.partition, record, options_.key, options_.value, text)
                          : format_.append(batch.partition, record, text);
      if (appended) return {};
      text.resize(before);
      return fail(
          appended.error().at(batch.partition.to_string() + ", offset " + std::to_string(record.offset.value())));
    });
  }

  const ConsumeOptions& options_;
  RecordFormat format_;
  std::unique_ptr<log::Consumer> consumer_;
  log::BatchReader reader_;
  std::optional<Ends> ends_;
  std::uint64_t printed_ = 0;
};

// All of the topic's, or those that were asked for.
Result<std::vector<log::TopicPartition>> partitions_of(const log::Client& client, const ConsumeOptions& options) {
  WEIR_TRY_VAR(topic, client.admin()->describe_topic(options.topic));
  std::vector<log::TopicPartition> partitions;
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    bool is_wanted = options.partitions.empty() || std::ranges::count(options.partitions, i) > 0;
    if (is_wanted) partitions.push_back({options.topic, log::PartitionIndex(i)});
  }
  for (std::int32_t wanted : options.partitions) {
    if (wanted >= 0 && wanted < topic.partitions) continue;
    return fail(ErrorCode::unknown_topic_or_partition, "topic " + options.topic + " has no partition " +
                                                           std::to_string(wanted) + ", it has " +
                                                           std::to_string(topic.partitions));
  }
  return partitions;
}

Result<int> consume(const ConsumeOptions& options) {
  WEIR_TRY_VAR(from, StartOffset::parse(options.from));
  WEIR_TRY_VAR(format, RecordFormat::parse(options.format, options.key, options.value));
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(partitions, partitions_of(client, options));
  log::ConsumerOptions consumer_options;
  if (options.with_uncommitted) consumer_options.isolation = log::Isolation::read_uncommitted;
  WEIR_TRY_VAR(consumer, client.consumer(consumer_options));
  Consumption consumption(options, std::move(format), std::move(consumer));
  WEIR_TRY(consumption.begin(client, std::move(partitions), from));
  WEIR_TRY(consumption.run());
  return kDone;
}

}  // namespace

void add_topic_consume(CLI::App& topic, Action& chosen) {
  auto options = std::make_shared<ConsumeOptions>();
  auto* verb = topic.add_subcommand("consume", "print records, and wait for more");
  verb->add_option("topic", options->topic, "its name")->required()->type_name("TOPIC");
  add_log(*verb, options->log);
  verb->add_option("--from", options->from, "earliest (default), latest, an offset, or -N: N records before the end")
      ->type_name("OFFSET");
  verb->add_flag("--until-end", options->until_end, "end where the topic ends now");
  verb->add_option("-c,--count", options->count, "end after so many records")->type_name("N");
  verb->add_option("-p,--partition", options->partitions, "only this one; may be repeated")->type_name("N");
  verb->add_option_function<std::string>(
          "--isolation", [options](const std::string& text) { options->with_uncommitted = text == "read_uncommitted"; },
          "default read_committed")
      ->check(CLI::IsMember({"read_committed", "read_uncommitted"}))
      ->type_name("read_committed|read_uncommitted");
  verb->add_option(
          "-f,--format", options->format,
          "as in kcat: %t topic, %p partition, %o offset, %k key, %s value, %T timestamp, %h headers, %K key's "
          "size, %S value's size, %%, \\n, \\t; default '%s\\n'")
      ->type_name("FORMAT");
  add_output(*verb, options->output);
  add_value_formats(*verb, options->key, options->value);
  choose(*verb, chosen, options, consume);
}

}  // namespace weir::cli
