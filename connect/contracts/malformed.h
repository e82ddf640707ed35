// Malformed: what a connector does with a piece that is not what it should be.
#pragma once

namespace weir::connect {

enum class Malformed { fail, skip };  // skipped pieces are counted and reported

}  // namespace weir::connect
