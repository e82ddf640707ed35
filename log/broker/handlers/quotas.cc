#include "log/broker/handlers/quotas.h"

#include <cmath>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

using cluster::MetadataRecord;
using cluster::QuotaEntity;

constexpr const char* kUser = "user";
constexpr const char* kClientId = "client-id";

std::optional<std::string>* part_of(QuotaEntity& entity, const std::string& type) {
  if (type == kUser) return &entity.user;
  if (type == kClientId) return &entity.client_id;
  return nullptr;
}

// The wire's null is what stands for all that have none of their own: "" here.
template <class Parts>
Result<QuotaEntity> entity_of(const Parts& parts) {
  QuotaEntity entity;
  for (const auto& part : parts) {
    auto* into = part_of(entity, part.entity_type);
    if (into == nullptr) return fail(ErrorCode::invalid_request, "quotas are of 'user' and 'client-id'");
    if (*into) return fail(ErrorCode::invalid_request, part.entity_type + " is named twice");
    if (part.entity_name && part.entity_name->empty()) {
      return fail(ErrorCode::invalid_request, "an empty " + part.entity_type);
    }
    *into = part.entity_name.value_or("");
  }
  if (!entity.user && !entity.client_id) return fail(ErrorCode::invalid_request, "a quota of nobody");
  return entity;
}

Result<std::vector<MetadataRecord>> changes_of(const wire::AlterClientQuotasRequest::EntryData& wanted) {
  WEIR_TRY_VAR(entity, entity_of(wanted.entity));
  std::vector<MetadataRecord> records;
  for (const auto& change : wanted.ops) {
    if (!cluster::is_quota_name(change.key)) {
      return fail(ErrorCode::invalid_request,
                  "'" + change.key + "' is no quota here: producer_byte_rate, consumer_byte_rate");
    }
    if (!change.remove && !(change.value > 0 && std::isfinite(change.value))) {
      return fail(ErrorCode::invalid_request, change.key + " must be above 0");
    }
    const auto value = change.remove ? std::nullopt : std::optional(change.value);
    records.emplace_back(cluster::QuotaChanged{entity, change.key, value});
  }
  return records;
}

template <class Data>
std::vector<Data> parts_of(const QuotaEntity& entity) {
  std::vector<Data> parts;
  const std::pair<const char*, const std::optional<std::string>*> all[] = {{kUser, &entity.user},
                                                                           {kClientId, &entity.client_id}};
  for (const auto& [type, name] : all) {
    if (*name) parts.push_back({type, (*name)->empty() ? std::nullopt : *name});
  }
  return parts;
}

enum Match : std::int8_t { kExact = 0, kDefault = 1, kAny = 2 };  // on the wire

bool matches(const wire::DescribeClientQuotasRequest::ComponentData& wanted, const QuotaEntity& entity) {
  const auto& name = wanted.entity_type == kUser ? entity.user : entity.client_id;
  if (!name) return false;
  if (wanted.match_type == kDefault) return name->empty();
  return wanted.match_type == kAny || name == wanted.match;
}

Result<> check(const wire::DescribeClientQuotasRequest& request) {
  QuotaEntity seen;
  for (const auto& wanted : request.components) {
    auto* into = part_of(seen, wanted.entity_type);
    if (into == nullptr) return fail(ErrorCode::invalid_request, "quotas are of 'user' and 'client-id'");
    if (*into) return fail(ErrorCode::invalid_request, wanted.entity_type + " is named twice");
    const bool is_legal = wanted.match_type == kExact ? wanted.match.has_value()
                                                      : wanted.match_type == kDefault || wanted.match_type == kAny;
    if (!is_legal) return fail(ErrorCode::invalid_request, "a match of type " + std::to_string(wanted.match_type));
    into->emplace();
  }
  return {};
}

bool is_wanted(const wire::DescribeClientQuotasRequest& request, const QuotaEntity& entity) {
  for (const auto& wanted : request.components) {
    if (!matches(wanted, entity)) return false;
  }
  const std::size_t parts = (entity.user ? 1u : 0u) + (entity.client_id ? 1u : 0u);
  return !request.strict || request.components.size() == parts;
}

}  // namespace

wire::DescribeClientQuotasResponse describe_quotas(RequestContext context, wire::DescribeClientQuotasRequest& request) {
  context.broker.refresh_if_read_only();
  wire::DescribeClientQuotasResponse response;
  const auto checked = check(request);
  response.error_code = wire_code(checked);
  response.error_message = wire_message(checked);
  if (!checked) {
    response.entries.reset();
    return response;
  }
  const auto metadata = context.broker.topics().metadata();
  for (const auto& [entity, limits] : metadata->quotas().all()) {
    if (!is_wanted(request, entity)) continue;
    auto& told = response.entries->emplace_back();
    told.entity = parts_of<wire::DescribeClientQuotasResponse::EntityData>(entity);
    for (const auto& [name, value] : limits) told.values.push_back({name, value});
  }
  return response;
}

wire::AlterClientQuotasResponse alter_quotas(RequestContext context, wire::AlterClientQuotasRequest& request) {
  std::vector<MetadataRecord> records;
  std::vector<Result<>> outcomes;
  for (const auto& entry : request.entries) {
    auto changes = changes_of(entry);
    outcomes.push_back(changes ? Result<>() : Result<>(fail(changes.error())));
    if (changes) records.insert(records.end(), changes->begin(), changes->end());
  }
  Result<> changed;
  if (!request.validate_only) {
    changed = context.broker.topics().change(
        [&](const cluster::Metadata&) -> Result<std::vector<MetadataRecord>> { return records; });
  }
  wire::AlterClientQuotasResponse response;
  for (std::size_t i = 0; i < request.entries.size(); ++i) {
    const Result<> told = outcomes[i] ? changed : outcomes[i];
    auto& answer = response.entries.emplace_back();
    answer.error_code = wire_code(told);
    answer.error_message = wire_message(told);
    for (const auto& part : request.entries[i].entity) answer.entity.push_back({part.entity_type, part.entity_name});
  }
  return response;
}

}  // namespace weir::log::broker
