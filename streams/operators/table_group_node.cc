#include "streams/operators/table_group_node.h"

namespace weir::streams {

void TableGroupNode::process(const Record& record) {
  const void* old = record.old_value == nullptr ? nullptr : map(Half::old, record.key, record.old_value);
  const void* fresh = record.value == nullptr ? nullptr : map(Half::fresh, record.key, record.value);
  if (old != nullptr && fresh != nullptr &&
      group_key_type_->encode_key(old, old_scratch_) == group_key_type_->encode_key(fresh, fresh_scratch_)) {
    return send(record, fresh, true, true);
  }
  if (old != nullptr) send(record, old, true, false);
  if (fresh != nullptr) send(record, fresh, false, true);
}

}  // namespace weir::streams
