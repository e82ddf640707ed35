// The rows of permissions.h, by what they are about. For .cc files of this folder.
#pragma once

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "log/broker/access.h"
#include "log/broker/handlers/permissions.h"

namespace weir::log::broker::permission {

using security::Operation;
using security::Resource;

// Whom there is to ask; everything is allowed where nobody is.
class Asked {
 public:
  explicit Asked(Access* access) : access_(access) {}

  bool allows(Operation operation, Resource resource, std::string_view name) const {
    return access_ == nullptr || access_->allows(operation, resource, name);
  }
  bool topic(Operation operation, std::string_view name) const { return allows(operation, Resource::topic, name); }
  bool group(Operation operation, std::string_view name) const { return allows(operation, Resource::group, name); }
  bool transaction(Operation operation, std::string_view id) const {
    return allows(operation, Resource::transactional_id, id);
  }
  bool cluster(Operation operation) const { return allows(operation, Resource::cluster, security::kClusterName); }
  bool any(Operation operation, Resource resource) const {
    return access_ == nullptr || access_->allows_on_any(operation, resource);
  }
  std::int32_t operations_on(Resource resource, std::string_view name) const;

 private:
  Access* access_;
};

// Moves those out of which `is_allowed` is not true, in order.
template <class T, class IsAllowed>
std::vector<T> take_denied(std::vector<T>& all, IsAllowed is_allowed) {
  const auto first = std::stable_partition(all.begin(), all.end(), is_allowed);
  std::vector<T> denied(std::make_move_iterator(first), std::make_move_iterator(all.end()));
  all.erase(first, all.end());
  return denied;
}

template <class Response, class Use>
Verdict then(Use use) {
  return {false, [use = std::move(use)](void* response) {
            use(*static_cast<Response*>(response));
          }};
}
inline Verdict allowed() {
  return {};
}
inline Verdict refused() {
  return {true, {}};
}

template <class Request, Verdict (*kLook)(const RequestContext&, Asked, Request&, typename Request::Response&)>
constexpr PermissionRow row(bool tells_operations = false) {
  return {Request::kApiKey,
          [](const RequestContext& context, void* request, void* response) {
            return kLook(context, Asked(context.access), *static_cast<Request*>(request),
                         *static_cast<typename Request::Response*>(response));
          },
          tells_operations};
}
template <class Request>
constexpr PermissionRow everybody() {
  return {Request::kApiKey, nullptr};
}

std::span<const PermissionRow> topic_rows();
std::span<const PermissionRow> group_rows();
std::span<const PermissionRow> transaction_rows();
std::span<const PermissionRow> cluster_rows();

}  // namespace weir::log::broker::permission
