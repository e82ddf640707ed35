// weir txn list | describe | hanging | abort: transactions, and what to do about one that nobody ends (KIP-664).
#include <algorithm>
#include <set>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

struct TxnListOptions {
  LogPlace log;
  Output output = Output::text;
};

struct TxnDescribeOptions {
  LogPlace log;
  std::string id;
  Output output = Output::text;
};

struct HangingOptions {
  LogPlace log;
  std::string topic;  // empty: all
  std::int64_t older_than_s = 15 * 60;
  Output output = Output::text;
};

struct AbortOptions {
  LogPlace log;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// --- what is there ---

std::string as_json(const std::vector<log::TransactionListing>& all) {
  std::string text = "[";
  for (const auto& one : all) {
    text.append(text.size() > 1 ? ",{\"transactional_id\":" : "{\"transactional_id\":");
    append_json_string(one.transactional_id, text);
    text.append(",\"producer\":" + std::to_string(one.producer_id.value()) + ",\"state\":");
    append_json_string(one.state, text);
    text.push_back('}');
  }
  return text + "]\n";
}

Result<int> list_transactions(const TxnListOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(all, client.admin()->list_transactions());
  std::string text;
  for (const auto& one : all) {
    text += one.transactional_id + "\t" + one.state + "\tproducer " + std::to_string(one.producer_id.value()) + "\n";
  }
  WEIR_TRY(print(options.output == Output::json ? as_json(all) : text));
  return kDone;
}

std::string as_text(const log::TransactionDescription& one) {
  std::string text = "transactional id " + one.transactional_id + "\nstate " + one.state + "\nproducer " +
                     std::to_string(one.producer_id.value()) + ", epoch " + std::to_string(one.producer_epoch.value()) +
                     "\naborted after " + std::to_string(one.timeout.count()) + " ms\n";
  if (one.start_ms) text += "began at " + std::to_string(*one.start_ms) + " ms\n";
  for (const auto& partition : one.partitions) text += "wrote to " + partition.to_string() + "\n";
  return text;
}

std::string as_json(const log::TransactionDescription& one) {
  std::string text = "{\"transactional_id\":";
  append_json_string(one.transactional_id, text);
  text.append(",\"state\":");
  append_json_string(one.state, text);
  text.append(",\"producer\":" + std::to_string(one.producer_id.value()) + ",\"epoch\":" +
              std::to_string(one.producer_epoch.value()) + ",\"timeout_ms\":" + std::to_string(one.timeout.count()) +
              ",\"start_ms\":" + (one.start_ms ? std::to_string(*one.start_ms) : "null") + ",\"partitions\":[");
  for (std::size_t i = 0; i < one.partitions.size(); ++i) {
    if (i > 0) text.push_back(',');
    append_json_string(one.partitions[i].to_string(), text);
  }
  return text + "]}\n";
}

Result<int> describe_transaction(const TxnDescribeOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(one, client.admin()->describe_transaction(options.id));
  WEIR_TRY(print(options.output == Output::json ? as_json(one) : as_text(one)));
  return kDone;
}

// --- what hangs ---

struct Hanging {
  log::TopicPartition partition;
  log::ActiveProducer producer;
};

// Producers whose transactions a coordinator knows to be open or ending: it will end them.
Result<std::set<log::ProducerId>> cared_for(log::Admin& admin) {
  WEIR_TRY_VAR(all, admin.list_transactions());
  std::set<log::ProducerId> producers;
  for (const auto& one : all) {
    if (one.state == "Ongoing" || one.state.starts_with("Prepare")) producers.insert(one.producer_id);
  }
  return producers;
}

Result<std::vector<Hanging>> find_hanging(log::Admin& admin, Clock& clock, const HangingOptions& options) {
  std::vector<log::TopicDescription> topics;
  if (options.topic.empty()) {
    WEIR_TRY_VAR(all, admin.list_topics());
    topics = std::move(all);
  } else {
    WEIR_TRY_VAR(one, admin.describe_topic(options.topic));
    topics.push_back(std::move(one));
  }
  std::vector<Hanging> open;
  const std::int64_t latest_ms = clock.wall_ms() - options.older_than_s * 1'000;
  for (const auto& topic : topics) {
    for (std::int32_t i = 0; i < topic.partitions; ++i) {
      const log::TopicPartition partition{topic.name, log::PartitionIndex(i)};
      WEIR_TRY_VAR(producers, admin.active_producers(partition));
      for (const auto& producer : producers) {
        const bool is_old = producer.transaction_start && producer.last_timestamp_ms <= latest_ms;
        if (is_old) open.push_back({partition, producer});
      }
    }
  }
  if (open.empty()) return open;
  // Asked last: one that began since is known to its coordinator by now.
  WEIR_TRY_VAR(known, cared_for(admin));
  std::erase_if(open, [&](const Hanging& one) { return known.contains(one.producer.id); });
  return open;
}

std::string as_text(const std::vector<Hanging>& all) {
  std::string text;
  for (const auto& one : all) {
    text += one.partition.to_string() + ": from offset " + std::to_string(one.producer.transaction_start->value()) +
            ", producer " + std::to_string(one.producer.id.value()) + ", last written to at " +
            std::to_string(one.producer.last_timestamp_ms) + " ms\n";
  }
  return text;
}

std::string as_json(const std::vector<Hanging>& all) {
  std::string text = "[";
  for (const auto& one : all) {
    text.append(text.size() > 1 ? ",{\"topic\":" : "{\"topic\":");
    append_json_string(one.partition.topic, text);
    text.append(",\"partition\":" + std::to_string(one.partition.partition.value()) +
                ",\"offset\":" + std::to_string(one.producer.transaction_start->value()) +
                ",\"producer\":" + std::to_string(one.producer.id.value()) +
                ",\"last_ms\":" + std::to_string(one.producer.last_timestamp_ms) + "}");
  }
  return text + "]\n";
}

Result<int> hanging(const HangingOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(all, find_hanging(*client.admin(), client.clock(), options));
  WEIR_TRY(print(options.output == Output::json ? as_json(all) : as_text(all)));
  return kDone;
}

Result<int> abort_one(const AbortOptions& options) {
  WEIR_TRY_VAR(client, open_to_change(options.log));
  auto admin = client.admin();
  const log::TopicPartition partition{options.topic, log::PartitionIndex(options.partition)};
  WEIR_TRY_VAR(producers, admin->active_producers(partition));
  const auto found =
      std::ranges::find(producers, std::optional(log::Offset(options.offset)), &log::ActiveProducer::transaction_start);
  if (found != producers.end()) {
    WEIR_TRY_VAR(known, cared_for(*admin));
    if (known.contains(found->id)) {
      return fail(ErrorCode::wrong_state, "a coordinator knows the transaction and will end it ('weir txn list')");
    }
  }
  WEIR_TRY(admin->abort_transaction(partition, log::Offset(options.offset)));
  return kDone;
}

}  // namespace

void add_txn_commands(CLI::App& app, Action& chosen) {
  auto* txn = app.add_subcommand("txn", "transactions, and those that nobody ends");
  txn->require_subcommand(1);

  auto list_options = std::make_shared<TxnListOptions>();
  auto* list_verb = txn->add_subcommand("list", "transactional ids and the states they are in");
  add_log(*list_verb, list_options->log);
  add_output(*list_verb, list_options->output);
  choose(*list_verb, chosen, list_options, list_transactions);

  auto describe_options = std::make_shared<TxnDescribeOptions>();
  auto* describe_verb = txn->add_subcommand("describe", "a transactional id's producer, and where it has written");
  describe_verb->add_option("id", describe_options->id, "the transactional id")->required()->type_name("ID");
  add_log(*describe_verb, describe_options->log);
  add_output(*describe_verb, describe_options->output);
  choose(*describe_verb, chosen, describe_options, describe_transaction);

  auto hanging_options = std::make_shared<HangingOptions>();
  auto* hanging_verb = txn->add_subcommand(
      "hanging", "open transactions that no coordinator knows: they hold up who reads what is committed");
  hanging_verb->add_option("--topic", hanging_options->topic, "only there")->type_name("TOPIC");
  hanging_verb
      ->add_option("--older-than", hanging_options->older_than_s, "last written to so many seconds ago; default 900")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000'000}))
      ->type_name("SECONDS");
  add_log(*hanging_verb, hanging_options->log);
  add_output(*hanging_verb, hanging_options->output);
  choose(*hanging_verb, chosen, hanging_options, hanging);

  auto abort_options = std::make_shared<AbortOptions>();
  auto* abort_verb = txn->add_subcommand("abort", "end a transaction that hangs, as aborted");
  abort_verb->add_option("--topic", abort_options->topic, "where it is open")->required()->type_name("TOPIC");
  abort_verb->add_option("--partition", abort_options->partition, "and in which partition")
      ->required()
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  abort_verb->add_option("--offset", abort_options->offset, "where it begins, as 'hanging' says")
      ->required()
      ->check(CLI::NonNegativeNumber)
      ->type_name("OFFSET");
  add_log(*abort_verb, abort_options->log);
  choose(*abort_verb, chosen, abort_options, abort_one);
}

}  // namespace weir::cli
