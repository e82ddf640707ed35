// plain_name: a type as a person would write it. Compilers do not agree on how common types are spelled, and programs
// are compared across them.
#pragma once

#include <string>

#include "streams/state/type_ops.h"

namespace weir::streams {

// "std::string", "std::int64_t"; empty where there is no type.
std::string plain_name(const TypeOps* type);

}  // namespace weir::streams
