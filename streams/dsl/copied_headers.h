// A record's headers as values that may be kept.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/model/record.h"

namespace weir::streams {

// Null: there are none.
inline std::vector<log::Header> copied_headers(const log::HeadersView* headers) {
  std::vector<log::Header> copies;
  if (headers == nullptr) return copies;
  for (const auto& header : headers->decode()) {
    copies.push_back({std::string(header.key), header.value ? std::optional<OwnedBytes>(*header.value) : std::nullopt});
  }
  return copies;
}

}  // namespace weir::streams
