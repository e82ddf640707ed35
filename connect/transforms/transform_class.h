// TransformClass: a kind of transform: its name, its settings, and what makes one. Those of Kafka Connect have its
// names, with or without their package; "$Key" or "$Value" behind the name says which part of a record they change.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/settings/settings.h"
#include "connect/transforms/transform.h"

namespace weir::connect {

enum class Part { key, value };

struct TransformClass {
  std::string_view name;  // without package and part: "MaskField"
  bool has_parts = false;
  SettingTable settings{};
  std::string_view meaning{};
  // Adds what is wrong to `problems`; what is returned is used only if nothing was.
  std::unique_ptr<Transform> (*make)(const SettingsUnder& settings, Part part, std::vector<Error>& problems) = nullptr;
};

// All of them, in the order of their names.
const std::vector<TransformClass>& transform_classes();

// The tables of the transforms' files.
std::vector<TransformClass> field_transforms();       // fields.cc
std::vector<TransformClass> shape_transforms();       // shape.cc
std::vector<TransformClass> header_transforms();      // headers.cc
std::vector<TransformClass> metadata_transforms();    // metadata.cc
std::vector<TransformClass> cast_transforms();        // cast.cc
std::vector<TransformClass> expression_transforms();  // expressions.cc
std::vector<TransformClass> timestamp_transforms();   // timestamps.cc

}  // namespace weir::connect
