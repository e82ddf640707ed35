#include "streams/operators/node.h"

namespace weir::streams {

bool Node::forward_to(const std::string& child, const Record& record) {
  bool is_known = false;
  for (Node* candidate : children_) {
    if (candidate->name() != child) continue;
    is_known = true;
    candidate->process(record);
  }
  return is_known;
}

}  // namespace weir::streams
