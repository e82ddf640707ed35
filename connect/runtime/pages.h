// Pages about connectors, converters and transforms, made of what their classes say of themselves: docs/connect/*.md
// and `weir connect docs`.
#pragma once

#include <string>
#include <vector>

#include "connect/contracts/connector_class.h"

namespace weir::connect {

struct Page {
  std::string name{};  // "file-source", "transforms", "converters"; and README, which lists them
  std::string text{};  // Markdown
};

std::vector<Page> pages(const ConnectorClasses& classes);

// One line a connector: its name, which way data goes, what it does.
std::string list_of_connectors(const ConnectorClasses& classes);

}  // namespace weir::connect
