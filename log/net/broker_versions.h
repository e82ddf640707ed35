// BrokerVersions: which APIs a broker takes, and in which versions, as it said when the connection was made. Immutable.
#pragma once

#include <map>
#include <string>

#include "log/base/result.h"
#include "log/wire/client_apis.h"
#include "log/wire/messages/api_versions.h"

namespace weir::log::net {

class BrokerVersions {
 public:
  // `broker` is for errors: "localhost:9092".
  BrokerVersions(std::string broker, const wire::ApiVersionsResponse& answer);

  // The newest that this request can be told in to this broker. unsupported_version: names API, broker and ranges.
  Result<std::int16_t> version_for(const wire::ClientApi& api, const void* request) const;

 private:
  struct Range {
    std::int16_t min;
    std::int16_t max;
  };

  const std::string broker_;
  std::map<wire::ApiKey, Range> ranges_;
};

}  // namespace weir::log::net
