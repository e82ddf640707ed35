#include "log/client/security_admin.h"

#include "log/client/connection.h"
#include "log/client/repeated_call.h"
#include "log/security/random.h"
#include "log/wire/messages/alter_client_quotas.h"
#include "log/wire/messages/alter_user_scram_credentials.h"
#include "log/wire/messages/create_acls.h"
#include "log/wire/messages/delete_acls.h"
#include "log/wire/messages/describe_acls.h"
#include "log/wire/messages/describe_client_quotas.h"
#include "log/wire/messages/describe_user_scram_credentials.h"

namespace weir::log {

namespace {

constexpr Millis kPatience{30'000};
constexpr std::size_t kSaltBytes = 24;
constexpr const char* kUserEntity = "user";
constexpr const char* kClientEntity = "client-id";

template <class Answer>
Result<> outcome_in(const Answer& answer) {
  if (answer.error_code == ErrorCode::none) return {};
  return fail(answer.error_code, answer.error_message.value_or(""));
}

template <class Request>
void set_filter(const security::AclFilter& filter, Request& request) {
  request.resource_type_filter = static_cast<std::int8_t>(filter.resource);
  request.resource_name_filter = filter.name;
  request.pattern_type_filter = static_cast<std::int8_t>(filter.pattern);
  request.principal_filter = filter.principal;
  request.host_filter = filter.host;
  request.operation = static_cast<std::int8_t>(filter.operation);
  request.permission_type = static_cast<std::int8_t>(filter.permission);
}

}  // namespace

SecurityAdmin::SecurityAdmin(std::shared_ptr<Transport> transport, Clock& clock)
    : connection_(new Connection{std::move(transport), clock, kPatience}) {}

SecurityAdmin::~SecurityAdmin() = default;

template <class Request>
Result<typename Request::Response> SecurityAdmin::call(Request request) {
  return connection_->loop.run(call_repeatedly(*connection_, kAnyNode, std::move(request)));
}

// Users -----------------------------------------------------------------------------------------------------------

Result<> SecurityAdmin::put_user(const std::string& name, const std::string& password,
                                 const std::vector<security::ScramMechanism>& mechanisms, std::int32_t iterations) {
  if (password.empty()) return fail(ErrorCode::unacceptable_credential, "an empty password");
  const bool has_zero = name.find('\0') != std::string::npos || password.find('\0') != std::string::npos;
  if (has_zero) return fail(ErrorCode::unacceptable_credential, "a zero byte in a name or a password");
  const bool is_safe = iterations >= security::kLeastIterations && iterations <= security::kMostIterations;
  if (!is_safe) {
    return fail(ErrorCode::unacceptable_credential, "iterations must be " + std::to_string(security::kLeastIterations) +
                                                        " to " + std::to_string(security::kMostIterations));
  }
  wire::AlterUserScramCredentialsRequest request;
  for (const auto mechanism : mechanisms) {
    auto& wanted = request.upsertions.emplace_back();
    wanted.name = name;
    wanted.mechanism = static_cast<std::int8_t>(mechanism);
    wanted.iterations = iterations;
    wanted.salt = security::random_bytes(kSaltBytes);
    wanted.salted_password = security::ScramKeys::of(mechanism, password, wanted.salt, iterations).salted_password;
  }
  WEIR_TRY_VAR(response, call(std::move(request)));
  for (const auto& result : response.results) WEIR_TRY(outcome_in(result));
  return {};
}

Result<> SecurityAdmin::remove_user(const std::string& name) {
  WEIR_TRY_VAR(users, list_users());
  wire::AlterUserScramCredentialsRequest request;
  for (const auto& user : users) {
    if (user.name != name) continue;
    for (const auto& [mechanism, iterations] : user.iterations) {
      request.deletions.push_back({name, static_cast<std::int8_t>(mechanism)});
    }
  }
  if (request.deletions.empty()) return fail(ErrorCode::resource_not_found, "there is no user '" + name + "'");
  WEIR_TRY_VAR(response, call(std::move(request)));
  for (const auto& result : response.results) WEIR_TRY(outcome_in(result));
  return {};
}

Result<std::vector<UserListing>> SecurityAdmin::list_users() {
  wire::DescribeUserScramCredentialsRequest request;
  request.users.reset();
  WEIR_TRY_VAR(response, call(std::move(request)));
  WEIR_TRY(outcome_in(response));
  std::vector<UserListing> users;
  for (auto& result : response.results) {
    auto& user = users.emplace_back(UserListing{std::move(result.user), {}});
    for (const auto& info : result.credential_infos) {
      user.iterations[static_cast<security::ScramMechanism>(info.mechanism)] = info.iterations;
    }
  }
  return users;
}

// Rules -----------------------------------------------------------------------------------------------------------

Result<> SecurityAdmin::add_acls(const std::vector<security::Acl>& acls) {
  wire::CreateAclsRequest request;
  for (const auto& acl : acls) {
    request.creations.push_back({static_cast<std::int8_t>(acl.resource), acl.name,
                                 static_cast<std::int8_t>(acl.pattern), acl.principal, acl.host,
                                 static_cast<std::int8_t>(acl.operation), static_cast<std::int8_t>(acl.permission)});
  }
  WEIR_TRY_VAR(response, call(std::move(request)));
  for (const auto& result : response.results) WEIR_TRY(outcome_in(result));
  return {};
}

Result<std::vector<security::Acl>> SecurityAdmin::list_acls(const security::AclFilter& filter) {
  wire::DescribeAclsRequest request;
  set_filter(filter, request);
  WEIR_TRY_VAR(response, call(std::move(request)));
  WEIR_TRY(outcome_in(response));
  std::vector<security::Acl> acls;
  for (const auto& resource : response.resources) {
    for (const auto& acl : resource.acls) {
      acls.push_back({static_cast<security::Resource>(resource.resource_type),
                      static_cast<security::Pattern>(resource.pattern_type), resource.resource_name, acl.principal,
                      acl.host, static_cast<security::Operation>(acl.operation),
                      static_cast<security::Permission>(acl.permission_type)});
    }
  }
  return acls;
}

Result<std::vector<security::Acl>> SecurityAdmin::remove_acls(const security::AclFilter& filter) {
  wire::DeleteAclsRequest request;
  set_filter(filter, request.filters.emplace_back());
  WEIR_TRY_VAR(response, call(std::move(request)));
  std::vector<security::Acl> removed;
  for (const auto& result : response.filter_results) {
    WEIR_TRY(outcome_in(result));
    for (const auto& acl : result.matching_acls) {
      WEIR_TRY(outcome_in(acl));
      removed.push_back({static_cast<security::Resource>(acl.resource_type),
                         static_cast<security::Pattern>(acl.pattern_type), acl.resource_name, acl.principal, acl.host,
                         static_cast<security::Operation>(acl.operation),
                         static_cast<security::Permission>(acl.permission_type)});
    }
  }
  return removed;
}

// Quotas ----------------------------------------------------------------------------------------------------------

namespace {

// Of all that have none of their own: the wire's null.
std::optional<std::string> entity_name(const std::string& name) {
  return name.empty() ? std::nullopt : std::optional(name);
}

}  // namespace

Result<> SecurityAdmin::set_quota(const QuotaListing& of, const std::string& name,
                                  std::optional<double> bytes_per_second) {
  wire::AlterClientQuotasRequest request;
  auto& entry = request.entries.emplace_back();
  if (of.user) entry.entity.push_back({kUserEntity, entity_name(*of.user)});
  if (of.client_id) entry.entity.push_back({kClientEntity, entity_name(*of.client_id)});
  entry.ops.push_back({name, bytes_per_second.value_or(0), !bytes_per_second});
  WEIR_TRY_VAR(response, call(std::move(request)));
  for (const auto& result : response.entries) WEIR_TRY(outcome_in(result));
  return {};
}

Result<std::vector<QuotaListing>> SecurityAdmin::list_quotas() {
  WEIR_TRY_VAR(response, call(wire::DescribeClientQuotasRequest{}));
  WEIR_TRY(outcome_in(response));
  std::vector<QuotaListing> all;
  if (!response.entries) return all;
  for (const auto& entry : *response.entries) {
    auto& quota = all.emplace_back();
    for (const auto& part : entry.entity) {
      auto& into = part.entity_type == kUserEntity ? quota.user : quota.client_id;
      into = part.entity_name.value_or("");
    }
    for (const auto& value : entry.values) quota.limits[value.key] = value.value;
  }
  return all;
}

}  // namespace weir::log
