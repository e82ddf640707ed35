#include "log/broker/handlers/permissions.h"

#include <algorithm>

#include "log/broker/handlers/permission_looks.h"

namespace weir::log::broker {

namespace {

// By api.
struct PermissionTable {
  std::vector<PermissionRow> rows;

  PermissionTable() {
    for (const auto part : {permission::topic_rows(), permission::group_rows(), permission::transaction_rows(),
                            permission::cluster_rows()}) {
      rows.insert(rows.end(), part.begin(), part.end());
    }
    std::ranges::sort(rows, {}, &PermissionRow::api);
  }
};

const PermissionTable& permission_table() {
  static const PermissionTable table;
  return table;
}

Task<Result<>> finish_later(Task<Result<>> task, std::function<void(void*)> finish, void* response) {
  WEIR_CO_TRY(co_await std::move(task));
  finish(response);
  co_return Result<>{};
}

}  // namespace

std::int32_t permission::Asked::operations_on(Resource resource, std::string_view name) const {
  if (access_ != nullptr) return access_->operations_on(resource, name);
  std::uint32_t bits = 0;
  for (int number = static_cast<int>(Operation::read); number <= static_cast<int>(Operation::idempotent_write);
       ++number) {
    if (security::has_operation(resource, static_cast<Operation>(number))) bits |= 1u << number;
  }
  return static_cast<std::int32_t>(bits);
}

std::span<const PermissionRow> permission_rows() {
  return permission_table().rows;
}

Later answer_if_allowed(const Handler& handler, const RequestContext& context, void* request, void* response) {
  const auto& rows = permission_table().rows;
  const auto row = std::ranges::lower_bound(rows, handler.api, {}, &PermissionRow::api);
  const bool is_known = row != rows.end() && row->api == handler.api;
  if (context.access != nullptr && !is_known) {
    return finish_later(
        []() -> Task<Result<>> {
          co_return fail(ErrorCode::cluster_authorization_failed, "nobody knows what this API asks");
        }(),
        {}, response);
  }
  const bool is_asked = is_known && row->look != nullptr && (context.access != nullptr || row->tells_operations);
  if (!is_asked) return handler.answer(context, request, response);
  Verdict verdict = row->look(context, request, response);
  if (verdict.is_refused) return std::nullopt;
  auto later = handler.answer(context, request, response);
  if (!verdict.finish) return later;
  if (later) return finish_later(*std::move(later), std::move(verdict.finish), response);
  verdict.finish(response);
  return std::nullopt;
}

}  // namespace weir::log::broker
