#include "log/broker/handlers/acls.h"

#include <set>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

using cluster::MetadataRecord;
using security::Acl;
using security::AclFilter;

// Both kinds of filters have the same fields.
template <class Wanted>
AclFilter filter_of(const Wanted& wanted) {
  return {static_cast<security::Resource>(wanted.resource_type_filter),
          static_cast<security::Pattern>(wanted.pattern_type_filter),
          wanted.resource_name_filter,
          wanted.principal_filter,
          wanted.host_filter,
          static_cast<security::Operation>(wanted.operation),
          static_cast<security::Permission>(wanted.permission_type)};
}

Acl acl_of(const wire::CreateAclsRequest::AclCreation& wanted) {
  return {static_cast<security::Resource>(wanted.resource_type),
          static_cast<security::Pattern>(wanted.resource_pattern_type),
          wanted.resource_name,
          wanted.principal,
          wanted.host,
          static_cast<security::Operation>(wanted.operation),
          static_cast<security::Permission>(wanted.permission_type)};
}

Error not_understood() {
  return {ErrorCode::invalid_request, "The AclFilter contains values that are not known here"};
}

// Versions that know literal names only have no room for others.
bool has_room(const Acl& acl, std::int16_t version) {
  return version >= 1 || acl.pattern == security::Pattern::literal;
}

}  // namespace

wire::DescribeAclsResponse describe_acls(RequestContext context, wire::DescribeAclsRequest& request) {
  context.broker.refresh_if_read_only();
  wire::DescribeAclsResponse response;
  response.error_message.reset();
  const AclFilter filter = filter_of(request);
  if (!filter.is_understood()) {
    response.error_code = not_understood().code;
    response.error_message = not_understood().detail;
    return response;
  }
  for (const Acl& acl : context.broker.topics().metadata()->acls().matching(filter)) {
    if (!has_room(acl, context.version)) continue;
    const auto resource = static_cast<std::int8_t>(acl.resource);
    const auto pattern = static_cast<std::int8_t>(acl.pattern);
    auto& all = response.resources;  // of one pattern: one run
    const bool is_same = !all.empty() && all.back().resource_type == resource && all.back().resource_name == acl.name &&
                         all.back().pattern_type == pattern;
    if (!is_same) all.push_back({resource, acl.name, pattern, {}});
    all.back().acls.push_back(
        {acl.principal, acl.host, static_cast<std::int8_t>(acl.operation), static_cast<std::int8_t>(acl.permission)});
  }
  return response;
}

wire::CreateAclsResponse create_acls(RequestContext context, wire::CreateAclsRequest& request) {
  std::vector<Result<>> outcomes;
  std::vector<MetadataRecord> records;
  for (const auto& wanted : request.creations) {
    Acl acl = acl_of(wanted);
    const std::string wrong = acl.what_is_wrong();
    outcomes.push_back(wrong.empty() ? Result<>() : Result<>(fail(ErrorCode::invalid_request, wrong)));
    if (wrong.empty()) records.emplace_back(cluster::AclAdded{std::move(acl)});
  }
  const auto changed =
      context.broker.topics().change([&](const cluster::Metadata& now) -> Result<std::vector<MetadataRecord>> {
        std::erase_if(records, [&](const MetadataRecord& record) {  // what is there already
          return now.acls().contains(std::get<cluster::AclAdded>(record).acl);
        });
        return records;
      });
  wire::CreateAclsResponse response;
  for (const auto& outcome : outcomes) {
    const Result<> told = outcome ? changed : outcome;
    response.results.push_back({wire_code(told), wire_message(told)});
  }
  return response;
}

wire::DeleteAclsResponse delete_acls(RequestContext context, wire::DeleteAclsRequest& request) {
  std::vector<std::vector<Acl>> found;  // by filter
  const auto changed =
      context.broker.topics().change([&](const cluster::Metadata& now) -> Result<std::vector<MetadataRecord>> {
        std::set<Acl> all;
        for (const auto& wanted : request.filters) {
          const AclFilter filter = filter_of(wanted);
          found.push_back(filter.is_understood() ? now.acls().matching(filter) : std::vector<Acl>());
          all.insert(found.back().begin(), found.back().end());
        }
        std::vector<MetadataRecord> records;
        for (const auto& acl : all) records.emplace_back(cluster::AclRemoved{acl});
        return records;
      });
  wire::DeleteAclsResponse response;
  for (std::size_t i = 0; i < request.filters.size(); ++i) {
    auto& told = response.filter_results.emplace_back();
    const Result<> outcome = filter_of(request.filters[i]).is_understood() ? changed : Result<>(fail(not_understood()));
    told.error_code = wire_code(outcome);
    told.error_message = wire_message(outcome);
    if (!outcome) continue;
    for (const auto& acl : found[i]) {
      if (!has_room(acl, context.version)) continue;
      auto& one = told.matching_acls.emplace_back();
      one.error_message.reset();
      one.resource_type = static_cast<std::int8_t>(acl.resource);
      one.resource_name = acl.name;
      one.pattern_type = static_cast<std::int8_t>(acl.pattern);
      one.principal = acl.principal;
      one.host = acl.host;
      one.operation = static_cast<std::int8_t>(acl.operation);
      one.permission_type = static_cast<std::int8_t>(acl.permission);
    }
  }
  return response;
}

}  // namespace weir::log::broker
