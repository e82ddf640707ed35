// FieldPath: which field is meant. In syntax V1 the whole text is a name; in V2 (KIP-821) dots lead into structs and
// maps, and names with dots stand in backticks: "address.`post.code`".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connect/data/schema.h"
#include "connect/settings/settings.h"

namespace weir::connect {

enum class FieldSyntax { v1, v2 };

inline constexpr Setting kFieldSyntax = {.name = "field.syntax.version",
                                         .type = SettingType::choice,
                                         .otherwise = "V1",
                                         .choices = "V1|V2",
                                         .meaning =
                                             "V1: a field's name is as it stands; V2: dots lead to fields of "
                                             "fields, and names with dots stand in backticks"};

struct FieldPath {
  std::string text{};
  std::vector<std::string> steps{};

  // invalid_argument: a backtick that is not closed.
  static Result<FieldPath> parse(std::string_view text, FieldSyntax syntax);

  // Null: there is no such field.
  const SchemaPtr* schema_in(const Schema& schema) const;
  const Value* find_in(const Value& value) const;
};

// The path that the settings name; what is wrong with it is added to `problems`.
FieldPath path_of(const SettingsUnder& settings, std::string_view name, std::vector<Error>& problems);

}  // namespace weir::connect
