#include "log/net/broker_versions.h"

namespace weir::log::net {

BrokerVersions::BrokerVersions(std::string broker, const wire::ApiVersionsResponse& answer)
    : broker_(std::move(broker)) {
  for (const auto& row : answer.api_keys) ranges_[row.api_key] = {row.min_version, row.max_version};
}

Result<std::int16_t> BrokerVersions::version_for(const wire::ClientApi& api, const void* request) const {
  const auto found = ranges_.find(api.api);
  if (found == ranges_.end()) {
    return fail(ErrorCode::unsupported_version,
                broker_ + " does not answer " + std::string(wire::find_api(api.api)->name));
  }
  auto version = wire::version_between(api, request, found->second.min, found->second.max);
  if (!version) return fail(version.error().at(broker_));
  return version;
}

}  // namespace weir::log::net
