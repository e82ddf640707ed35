// The patterns of vectors as data for the engine.
#pragma once

#include "streams/operators/pattern/pattern_spec.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

streams::cep::PatternSpec pattern_spec(const Object& line);
streams::cep::Skip skip_of(const Object& line);

}  // namespace weir::vectors
