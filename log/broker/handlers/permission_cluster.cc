#include "log/broker/handlers/permission_looks.h"
#include "log/wire/messages/alter_client_quotas.h"
#include "log/wire/messages/alter_configs.h"
#include "log/wire/messages/alter_user_scram_credentials.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/create_acls.h"
#include "log/wire/messages/delete_acls.h"
#include "log/wire/messages/describe_acls.h"
#include "log/wire/messages/describe_client_quotas.h"
#include "log/wire/messages/describe_cluster.h"
#include "log/wire/messages/describe_configs.h"
#include "log/wire/messages/describe_log_dirs.h"
#include "log/wire/messages/describe_user_scram_credentials.h"
#include "log/wire/messages/incremental_alter_configs.h"
#include "log/wire/messages/sasl_authenticate.h"
#include "log/wire/messages/sasl_handshake.h"

namespace weir::log::broker::permission {

namespace {

constexpr auto kClusterDenied = ErrorCode::cluster_authorization_failed;
constexpr const char* kDeniedInWords = "Cluster authorization failed.";

// One error for the whole of it.
template <class Request, Operation kOperation>
Verdict look_at_cluster(const RequestContext&, Asked may, Request&, typename Request::Response& response) {
  if (may.cluster(kOperation)) return allowed();
  response.error_code = kClusterDenied;
  if constexpr (requires { response.error_message; }) response.error_message = kDeniedInWords;
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::CreateAclsRequest& request, wire::CreateAclsResponse& response) {
  if (may.cluster(Operation::alter)) return allowed();
  response.results.assign(request.creations.size(), {kClusterDenied, kDeniedInWords});
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::DeleteAclsRequest& request, wire::DeleteAclsResponse& response) {
  if (may.cluster(Operation::alter)) return allowed();
  response.filter_results.assign(request.filters.size(), {kClusterDenied, kDeniedInWords, {}});
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::AlterUserScramCredentialsRequest& request,
             wire::AlterUserScramCredentialsResponse& response) {
  if (may.cluster(Operation::alter)) return allowed();
  std::vector<std::string> names;
  for (const auto& one : request.deletions) names.push_back(one.name);
  for (const auto& one : request.upsertions) names.push_back(one.name);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (auto& name : names) response.results.push_back({std::move(name), kClusterDenied, kDeniedInWords});
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::AlterClientQuotasRequest& request,
             wire::AlterClientQuotasResponse& response) {
  if (may.cluster(Operation::alter_configs)) return allowed();
  for (const auto& entry : request.entries) {
    auto& told = response.entries.emplace_back();
    told.error_code = kClusterDenied;
    told.error_message = kDeniedInWords;
    for (const auto& part : entry.entity) told.entity.push_back({part.entity_type, part.entity_name});
  }
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::DescribeClusterRequest& request, wire::DescribeClusterResponse&) {
  if (!request.include_cluster_authorized_operations) return allowed();
  return then<wire::DescribeClusterResponse>([may](wire::DescribeClusterResponse& response) {
    response.cluster_authorized_operations =
        may.cluster(Operation::describe) ? may.operations_on(Resource::cluster, security::kClusterName) : 0;
  });
}

// Configs: of topics, and of the broker.
constexpr std::int8_t kTopicConfigs = 2;

template <class Resource_>
bool may_configure(Asked may, Operation operation, const Resource_& resource) {
  return resource.resource_type == kTopicConfigs ? may.topic(operation, resource.resource_name)
                                                 : may.cluster(operation);
}

template <class Request, Operation kOperation, auto kAnswers>
Verdict look_at_configs(const RequestContext&, Asked may, Request& request, typename Request::Response&) {
  auto denied =
      take_denied(request.resources, [&](const auto& resource) { return may_configure(may, kOperation, resource); });
  if (denied.empty()) return allowed();
  using Response = typename Request::Response;
  return then<Response>([denied = std::move(denied)](Response& response) {
    for (const auto& resource : denied) {
      auto& told = (response.*kAnswers).emplace_back();
      const bool is_topic = resource.resource_type == kTopicConfigs;
      told.error_code = is_topic ? ErrorCode::topic_authorization_failed : kClusterDenied;
      told.error_message = is_topic ? "Topic authorization failed." : kDeniedInWords;
      told.resource_type = resource.resource_type;
      told.resource_name = resource.resource_name;
    }
  });
}

Verdict look(const RequestContext& context, Asked may, wire::DescribeLogDirsRequest&,
             wire::DescribeLogDirsResponse& response) {
  constexpr std::int16_t kHasError = 3;
  if (may.cluster(Operation::describe)) return allowed();
  if (context.version >= kHasError) response.error_code = kClusterDenied;
  return refused();
}

constexpr PermissionRow kClusterRows[] = {
    everybody<wire::ApiVersionsRequest>(),
    everybody<wire::SaslHandshakeRequest>(),
    everybody<wire::SaslAuthenticateRequest>(),
    row<wire::DescribeClusterRequest, look>(true),
    row<wire::DescribeAclsRequest, look_at_cluster<wire::DescribeAclsRequest, Operation::describe>>(),
    row<wire::CreateAclsRequest, look>(),
    row<wire::DeleteAclsRequest, look>(),
    row<wire::DescribeConfigsRequest, look_at_configs<wire::DescribeConfigsRequest, Operation::describe_configs,
                                                      &wire::DescribeConfigsResponse::results>>(),
    row<wire::AlterConfigsRequest,
        look_at_configs<wire::AlterConfigsRequest, Operation::alter_configs, &wire::AlterConfigsResponse::responses>>(),
    row<wire::IncrementalAlterConfigsRequest,
        look_at_configs<wire::IncrementalAlterConfigsRequest, Operation::alter_configs,
                        &wire::IncrementalAlterConfigsResponse::responses>>(),
    row<wire::DescribeLogDirsRequest, look>(),
    row<wire::DescribeClientQuotasRequest,
        look_at_cluster<wire::DescribeClientQuotasRequest, Operation::describe_configs>>(),
    row<wire::AlterClientQuotasRequest, look>(),
    row<wire::DescribeUserScramCredentialsRequest,
        look_at_cluster<wire::DescribeUserScramCredentialsRequest, Operation::describe>>(),
    row<wire::AlterUserScramCredentialsRequest, look>(),
};

}  // namespace

std::span<const PermissionRow> cluster_rows() {
  return kClusterRows;
}

}  // namespace weir::log::broker::permission
