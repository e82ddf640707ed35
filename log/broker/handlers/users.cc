#include "log/broker/handlers/users.h"

#include <algorithm>
#include <map>
#include <set>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

using cluster::MetadataRecord;
using security::ScramMechanism;
using Upsertion = wire::AlterUserScramCredentialsRequest::ScramCredentialUpsertion;

Result<ScramMechanism> mechanism_of(std::int8_t number) {
  const auto mechanism = static_cast<ScramMechanism>(number);
  if (mechanism == ScramMechanism::sha_256 || mechanism == ScramMechanism::sha_512) return mechanism;
  return fail(ErrorCode::unsupported_sasl_mechanism, "Unknown SCRAM mechanism");
}

Result<MetadataRecord> change_of(const Upsertion& wanted) {
  WEIR_TRY_VAR(mechanism, mechanism_of(wanted.mechanism));
  const auto unacceptable = [](const char* why) {
    return fail(ErrorCode::unacceptable_credential, why);
  };
  if (wanted.name.empty()) return unacceptable("Username must not be empty");
  if (wanted.iterations < security::kLeastIterations) return unacceptable("Too few iterations");
  if (wanted.iterations > security::kMostIterations) return unacceptable("Too many iterations");
  if (wanted.salt.empty()) return unacceptable("Empty salt");
  if (wanted.salted_password.size() != security::hash_size(mechanism)) {
    return unacceptable("The salted password is not of the mechanism's size");
  }
  auto keys = security::ScramKeys::of_salted(mechanism, wanted.salted_password);
  return cluster::UserChanged{
      wanted.name, mechanism, {wanted.salt, std::move(keys.stored_key), std::move(keys.server_key), wanted.iterations}};
}

Result<MetadataRecord> removal_of(const wire::AlterUserScramCredentialsRequest::ScramCredentialDeletion& wanted,
                                  const cluster::Metadata& now) {
  WEIR_TRY_VAR(mechanism, mechanism_of(wanted.mechanism));
  const auto* user = now.find_user(wanted.name);
  if (user == nullptr || !user->contains(mechanism)) {
    return fail(ErrorCode::resource_not_found, "Attempt to delete a user credential that does not exist");
  }
  return cluster::UserRemoved{wanted.name, mechanism};
}

// What is to become of each user.
struct Plan {
  std::map<std::string, std::vector<MetadataRecord>> changes{};
  std::map<std::string, Error> refused{};  // instead
};

Plan plan_of(const wire::AlterUserScramCredentialsRequest& request, const cluster::Metadata& now) {
  Plan plan;
  std::set<std::pair<std::string, std::int8_t>> seen;
  const auto add = [&](const auto& wanted, Result<MetadataRecord> change) {
    if (!seen.emplace(wanted.name, wanted.mechanism).second) {
      change = fail(ErrorCode::duplicate_resource, "A user credential cannot be altered twice in the same request");
    }
    auto& changes = plan.changes[wanted.name];
    if (change) {
      changes.push_back(*std::move(change));
    } else {
      plan.refused.try_emplace(wanted.name, change.error());
    }
  };
  for (const auto& wanted : request.deletions) add(wanted, removal_of(wanted, now));
  for (const auto& wanted : request.upsertions) add(wanted, change_of(wanted));
  return plan;
}

}  // namespace

wire::DescribeUserScramCredentialsResponse describe_users(RequestContext context,
                                                          wire::DescribeUserScramCredentialsRequest& request) {
  context.broker.refresh_if_read_only();
  wire::DescribeUserScramCredentialsResponse response;
  response.error_message.reset();
  const auto metadata = context.broker.topics().metadata();
  std::map<std::string, int> wanted;
  if (request.users) {
    for (const auto& user : *request.users) ++wanted[user.name];
  }
  if (wanted.empty()) {
    for (const auto& [name, credentials] : metadata->users()) wanted[name] = 1;
  }
  for (const auto& [name, times] : wanted) {
    auto& told = response.results.emplace_back();
    told.user = name;
    told.error_message.reset();
    const auto* user = metadata->find_user(name);
    if (times > 1) {
      told.error_code = ErrorCode::duplicate_resource;
      told.error_message = "Cannot describe SCRAM credentials for the same user twice in a single request: " + name;
    } else if (user == nullptr) {
      told.error_code = ErrorCode::resource_not_found;
      told.error_message = "Attempt to describe a user credential that does not exist: " + name;
    } else {
      for (const auto& [mechanism, credential] : *user) {
        told.credential_infos.push_back({static_cast<std::int8_t>(mechanism), credential.iterations});
      }
    }
  }
  return response;
}

wire::AlterUserScramCredentialsResponse alter_users(RequestContext context,
                                                    wire::AlterUserScramCredentialsRequest& request) {
  Plan plan;
  const auto changed =
      context.broker.topics().change([&](const cluster::Metadata& now) -> Result<std::vector<MetadataRecord>> {
        plan = plan_of(request, now);
        std::vector<MetadataRecord> records;
        for (const auto& [user, changes] : plan.changes) {
          if (!plan.refused.contains(user)) records.insert(records.end(), changes.begin(), changes.end());
        }
        return records;
      });
  wire::AlterUserScramCredentialsResponse response;
  for (const auto& [user, changes] : plan.changes) {
    const auto refused = plan.refused.find(user);
    const Result<> outcome = refused == plan.refused.end() ? changed : Result<>(fail(refused->second));
    response.results.push_back({user, wire_code(outcome), wire_message(outcome)});
  }
  return response;
}

}  // namespace weir::log::broker
