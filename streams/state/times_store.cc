#include "streams/state/times_store.h"

#include <algorithm>

#include "log/base/cursor.h"

namespace weir::streams::state {

namespace {

bool is_in(const TimesStore::Times& times, const std::pair<const std::string, std::int64_t>& entry) {
  auto found = times.find(entry.first);
  return found != times.end() && found->second == entry.second;
}

}  // namespace

std::size_t TimesStore::dirty_rows() const {
  auto differs = [](const Times& from, const Times& to) {
    return std::count_if(from.begin(), from.end(), [&](const auto& entry) { return !is_in(to, entry); });
  };
  return static_cast<std::size_t>(std::max(differs(now_, committed_), differs(committed_, now_)));
}

std::size_t TimesStore::memory_bytes() const {
  std::size_t total = 0;
  for (const auto& [name, time] : now_) total += 2 * (name.size() + 64);  // twice, with the trees' nodes
  return total;
}

Result<> TimesStore::write_changes(ChangeSink& changelog) {
  for (const auto& entry : now_) {
    if (is_in(committed_, entry)) continue;
    char value[8];
    store_big_endian(value, entry.second);
    WEIR_TRY(changelog.change(entry.first, Bytes(value, sizeof value), 0));
  }
  for (const auto& [name, time] : committed_) {
    if (!now_.contains(name)) WEIR_TRY(changelog.change(name, std::nullopt, 0));
  }
  return {};
}

Result<> TimesStore::restore(Bytes key, NullableBytes value, std::int64_t) {
  if (!value) {
    now_.erase(std::string(key));
    return {};
  }
  if (value->size() != 8) {
    return weir::fail(ErrorCode::corrupt_data,
                      "store " + name() + ": a time of " + std::to_string(value->size()) + " bytes");
  }
  now_[std::string(key)] = load_big_endian<std::int64_t>(value->data());
  return {};
}

Result<> TimesStore::clear() {
  now_.clear();
  committed_.clear();
  return {};
}

}  // namespace weir::streams::state
