// weir quota set | list | remove
#include <cmath>

#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

constexpr const char* kProduce = "producer_byte_rate";
constexpr const char* kConsume = "consumer_byte_rate";

struct QuotaOptions {
  LogPlace log;
  Output output = Output::text;
  std::string user;
  std::string client;
  bool all_users = false;
  bool all_clients = false;
  std::int64_t produce = 0;  // bytes a second; 0: not said
  std::int64_t consume = 0;
};

Result<log::QuotaListing> entity_of(const QuotaOptions& options) {
  log::QuotaListing entity;
  if (options.all_users) entity.user = "";
  if (!options.user.empty()) entity.user = options.user;
  if (options.all_clients) entity.client_id = "";
  if (!options.client.empty()) entity.client_id = options.client;
  const bool is_twice =
      (options.all_users && !options.user.empty()) || (options.all_clients && !options.client.empty());
  if (is_twice) return fail(ErrorCode::invalid_argument, "one, or all that have no quota of their own");
  if (entity.user || entity.client_id) return entity;
  return fail(ErrorCode::invalid_argument, "whose? --user, --all-users, --client, --all-clients");
}

Result<int> set_quota(const QuotaOptions& options) {
  WEIR_TRY_VAR(entity, entity_of(options));
  if (options.produce == 0 && options.consume == 0) {
    return fail(ErrorCode::invalid_argument, "how much? --produce, --consume");
  }
  WEIR_TRY_VAR(client, open_or_make(options.log));
  const auto admin = client.security_admin();
  if (options.produce > 0) WEIR_TRY(admin->set_quota(entity, kProduce, static_cast<double>(options.produce)));
  if (options.consume > 0) WEIR_TRY(admin->set_quota(entity, kConsume, static_cast<double>(options.consume)));
  return kDone;
}

Result<int> remove_quota(const QuotaOptions& options) {
  WEIR_TRY_VAR(entity, entity_of(options));
  WEIR_TRY_VAR(client, open_to_change(options.log));
  const auto admin = client.security_admin();
  for (const char* name : {kProduce, kConsume}) WEIR_TRY(admin->set_quota(entity, name, std::nullopt));
  return kDone;
}

std::string named(const char* kind, const std::optional<std::string>& name) {
  if (!name) return "";
  return std::string(kind) + (name->empty() ? "s without a quota of their own" : " " + *name) + "\t";
}

std::string as_text(const std::vector<log::QuotaListing>& quotas) {
  std::string text;
  for (const auto& quota : quotas) {
    text += named("user", quota.user) + named("client", quota.client_id);
    bool is_first = true;
    for (const auto& [name, value] : quota.limits) {
      text +=
          std::string(std::exchange(is_first, false) ? "" : ", ") + name + "=" + std::to_string(std::llround(value));
    }
    text += "\n";
  }
  return text;
}

void append_name(const char* kind, const std::optional<std::string>& name, std::string& text) {
  if (!name) return;
  text += std::string("\"") + kind + "\":";
  if (name->empty()) {
    text += "null";
  } else {
    append_json_string(*name, text);
  }
  text += ',';
}

std::string as_json(const std::vector<log::QuotaListing>& quotas) {
  std::string text = "[";
  for (const auto& quota : quotas) {
    text += text.size() > 1 ? ",{" : "{";
    append_name("user", quota.user, text);
    append_name("client_id", quota.client_id, text);
    text += "\"limits\":{";
    bool is_first = true;
    for (const auto& [name, value] : quota.limits) {
      text += std::string(std::exchange(is_first, false) ? "" : ",") + "\"" + name +
              "\":" + std::to_string(std::llround(value));
    }
    text += "}}";
  }
  return text + "]\n";
}

Result<int> list_quotas(const QuotaOptions& options) {
  WEIR_TRY_VAR(client, open_to_read(options.log));
  WEIR_TRY_VAR(quotas, client.security_admin()->list_quotas());
  WEIR_TRY(print(options.output == Output::json ? as_json(quotas) : as_text(quotas)));
  return kDone;
}

void add_entity(CLI::App& verb, QuotaOptions& options) {
  verb.add_option("--user", options.user, "of this user")->type_name("NAME");
  verb.add_flag("--all-users", options.all_users, "of each user that has no quota of its own");
  verb.add_option("--client", options.client, "of what calls itself so (client.id)")->type_name("ID");
  verb.add_flag("--all-clients", options.all_clients, "of each client id that has no quota of its own");
  add_log(verb, options.log);
}

}  // namespace

void add_quota_commands(CLI::App& app, Action& chosen) {
  auto* quota = app.add_subcommand("quota", "how much clients of a server may send and fetch in a second");
  quota->require_subcommand(1);

  auto set = std::make_shared<QuotaOptions>();
  auto* set_verb = quota->add_subcommand("set", "of a user, of a client id, or of a user's client id");
  set_verb->add_option("--produce", set->produce, "bytes a second that it may send")
      ->check(CLI::PositiveNumber)
      ->type_name("BYTES");
  set_verb->add_option("--consume", set->consume, "bytes a second that it may fetch")
      ->check(CLI::PositiveNumber)
      ->type_name("BYTES");
  add_entity(*set_verb, *set);
  choose(*set_verb, chosen, set, set_quota);

  auto list = std::make_shared<QuotaOptions>();
  auto* list_verb = quota->add_subcommand("list", "the quotas there are");
  add_log(*list_verb, list->log);
  add_output(*list_verb, list->output);
  choose(*list_verb, chosen, list, list_quotas);

  auto remove = std::make_shared<QuotaOptions>();
  auto* remove_verb = quota->add_subcommand("remove", "let it do as much as it likes again");
  add_entity(*remove_verb, *remove);
  choose(*remove_verb, chosen, remove, remove_quota);
}

}  // namespace weir::cli
