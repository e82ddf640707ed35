// weir acl add | list | remove
#include "cli/command.h"
#include "cli/open_log.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/log.h"

namespace weir::cli {

namespace {

using log::security::Acl;
using log::security::AclFilter;
using log::security::Operation;
using log::security::Pattern;
using log::security::Permission;
using log::security::Resource;

// Of what: resources by kind.
struct AclResources {
  std::vector<std::string> topics;
  std::vector<std::string> groups;
  std::vector<std::string> transactional_ids;
  bool cluster = false;
};

struct AddAclOptions {
  LogPlace log;
  std::string user;
  std::vector<std::string> operations;
  AclResources resources;
  bool is_prefix = false;
  bool is_denial = false;
  std::string host = "*";
};

struct FindAclOptions {
  LogPlace log;
  Output output = Output::text;
  std::string user;
  std::string operation;
  AclResources resources;
  bool all = false;
};

std::string principal_of(const std::string& user) {
  return user.starts_with("User:") ? user : "User:" + user;
}

std::vector<std::pair<Resource, std::string>> listed(const AclResources& resources) {
  std::vector<std::pair<Resource, std::string>> all;
  for (const auto& name : resources.topics) all.emplace_back(Resource::topic, name);
  for (const auto& name : resources.groups) all.emplace_back(Resource::group, name);
  for (const auto& name : resources.transactional_ids) all.emplace_back(Resource::transactional_id, name);
  if (resources.cluster) all.emplace_back(Resource::cluster, log::security::kClusterName);
  return all;
}

Result<Operation> operation_of(const std::string& text) {
  if (const auto operation = log::security::operation_named(text)) return *operation;
  return fail(ErrorCode::invalid_argument, "--operation: '" + text +
                                               "' is none of all, read, write, create, delete, alter, describe, "
                                               "cluster-action, describe-configs, alter-configs, idempotent-write");
}

Result<std::vector<Acl>> acls_of(const AddAclOptions& options) {
  std::vector<Acl> acls;
  for (const auto& [resource, name] : listed(options.resources)) {
    for (const auto& text : options.operations) {
      WEIR_TRY_VAR(operation, operation_of(text));
      const bool is_prefix = options.is_prefix && resource != Resource::cluster;
      Acl acl{resource,
              is_prefix ? Pattern::prefixed : Pattern::literal,
              name,
              principal_of(options.user),
              options.host,
              operation,
              options.is_denial ? Permission::deny : Permission::allow};
      if (const auto wrong = acl.what_is_wrong(); !wrong.empty()) return fail(ErrorCode::invalid_argument, wrong);
      acls.push_back(std::move(acl));
    }
  }
  if (acls.empty()) {
    return fail(ErrorCode::invalid_argument, "about what? --topic, --group, --transactional-id or --cluster");
  }
  return acls;
}

Result<int> add_acls(const AddAclOptions& options) {
  WEIR_TRY_VAR(acls, acls_of(options));
  WEIR_TRY_VAR(client, open_or_make(options.log));
  WEIR_TRY(client.security_admin()->add_acls(acls));
  return kDone;
}

// One for each resource that is named.
Result<std::vector<AclFilter>> filters_of(const FindAclOptions& options) {
  AclFilter filter;
  if (!options.user.empty()) filter.principal = principal_of(options.user);
  if (!options.operation.empty()) {
    WEIR_TRY_VAR(operation, operation_of(options.operation));
    filter.operation = operation;
  }
  std::vector<AclFilter> filters;
  for (const auto& [resource, name] : listed(options.resources)) {
    AclFilter& one = filters.emplace_back(filter);
    one.resource = resource;
    one.name = name;
  }
  if (filters.empty()) filters.push_back(filter);
  return filters;
}

std::string as_text(const Acl& acl) {
  return acl.principal + "\t" + std::string(name_of(acl.permission)) + "\t" + std::string(name_of(acl.operation)) +
         "\t" + std::string(name_of(acl.resource)) + " " + acl.name + (acl.pattern == Pattern::prefixed ? "..." : "") +
         "\tfrom " + acl.host + "\n";
}

void append_json(const Acl& acl, std::string& text) {
  const std::pair<const char*, std::string_view> fields[] = {{"principal", acl.principal},
                                                             {"permission", name_of(acl.permission)},
                                                             {"operation", name_of(acl.operation)},
                                                             {"resource", name_of(acl.resource)},
                                                             {"name", acl.name},
                                                             {"pattern", name_of(acl.pattern)},
                                                             {"host", acl.host}};
  char before = '{';
  for (const auto& [name, value] : fields) {
    text += std::exchange(before, ',');
    text += std::string("\"") + name + "\":";
    append_json_string(value, text);
  }
  text += '}';
}

std::string shown(const std::vector<Acl>& acls, Output output) {
  std::string text = output == Output::json ? "[" : "";
  for (const auto& acl : acls) {
    if (output == Output::text) {
      text += as_text(acl);
      continue;
    }
    if (text.size() > 1) text += ',';
    append_json(acl, text);
  }
  return output == Output::json ? text + "]\n" : text;
}

Result<int> list_acls(const FindAclOptions& options) {
  WEIR_TRY_VAR(filters, filters_of(options));
  WEIR_TRY_VAR(client, open_to_read(options.log));
  std::vector<Acl> all;
  for (const auto& filter : filters) {
    WEIR_TRY_VAR(found, client.security_admin()->list_acls(filter));
    all.insert(all.end(), found.begin(), found.end());
  }
  WEIR_TRY(print(shown(all, options.output)));
  return kDone;
}

// Says what it removed.
Result<int> remove_acls(const FindAclOptions& options) {
  const bool is_about_all = options.user.empty() && options.operation.empty() && listed(options.resources).empty();
  if (is_about_all && !options.all) {
    return fail(ErrorCode::invalid_argument,
                "which? --user, --operation, --topic, --group, --transactional-id, "
                "--cluster, or --all");
  }
  WEIR_TRY_VAR(filters, filters_of(options));
  WEIR_TRY_VAR(client, open_to_change(options.log));
  std::vector<Acl> all;
  for (const auto& filter : filters) {
    WEIR_TRY_VAR(removed, client.security_admin()->remove_acls(filter));
    all.insert(all.end(), removed.begin(), removed.end());
  }
  WEIR_TRY(print(shown(all, options.output)));
  return all.empty() ? kFailed : kDone;
}

void add_resources(CLI::App& verb, AclResources& resources) {
  verb.add_option("--topic", resources.topics, "a topic, or '*' for all; may be repeated")->type_name("NAME");
  verb.add_option("--group", resources.groups, "a consumer group, or '*'; may be repeated")->type_name("NAME");
  verb.add_option("--transactional-id", resources.transactional_ids, "of producers; may be repeated")->type_name("ID");
  verb.add_flag("--cluster", resources.cluster, "the cluster itself");
}

void add_finding(CLI::App& verb, FindAclOptions& options) {
  verb.add_option("--user", options.user, "rules of this user only")->type_name("NAME");
  verb.add_option("--operation", options.operation, "rules of this operation only")->type_name("OPERATION");
  add_resources(verb, options.resources);
  add_log(verb, options.log);
  add_output(verb, options.output);
}

}  // namespace

void add_acl_commands(CLI::App& app, Action& chosen) {
  auto* acl = app.add_subcommand("acl", "rules that say what users may do where a server asks who it is");
  acl->require_subcommand(1);

  auto add = std::make_shared<AddAclOptions>();
  auto* add_verb = acl->add_subcommand("add", "let a user do something, or deny it");
  add_verb->add_option("user", add->user, "its name, or '*' for everybody")->required()->type_name("USER");
  add_verb
      ->add_option("--operation", add->operations,
                   "all, read, write, create, delete, alter, describe, cluster-action, describe-configs, "
                   "alter-configs, idempotent-write; may be repeated")
      ->required()
      ->type_name("OPERATION");
  add_resources(*add_verb, add->resources);
  add_verb->add_flag("--prefixed", add->is_prefix, "names are how names of resources begin");
  add_verb->add_flag("--deny", add->is_denial, "deny it, whatever else allows it");
  add_verb->add_option("--host", add->host, "only from this address; default all")->type_name("ADDRESS");
  add_log(*add_verb, add->log);
  choose(*add_verb, chosen, add, add_acls);

  auto list = std::make_shared<FindAclOptions>();
  auto* list_verb = acl->add_subcommand("list", "the rules there are");
  add_finding(*list_verb, *list);
  choose(*list_verb, chosen, list, list_acls);

  auto remove = std::make_shared<FindAclOptions>();
  auto* remove_verb = acl->add_subcommand("remove", "remove rules, and show which they were");
  add_finding(*remove_verb, *remove);
  remove_verb->add_flag("--all", remove->all, "all there are");
  choose(*remove_verb, chosen, remove, remove_acls);
}

}  // namespace weir::cli
