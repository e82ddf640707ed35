#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

void Construction::add(const Object& node) {
  const std::string op = text_of(node, "op");
  for (const auto* rows :
       {&stream_operators(), &grouping_operators(), &table_operators(), &join_operators(), &processor_operators()}) {
    for (const OperatorRow& row : *rows) {
      if (op == row.op) return row.add(*this, node);
    }
  }
  throw std::runtime_error("the language has no operator " + op);
}

Thing& Construction::from(const Object& node, std::size_t index) {
  const auto& from = node.at("from");
  const std::string id(from.is_string() ? from.as_string() : from.as_array().at(index).as_string());
  auto found = things_.find(id);
  if (found == things_.end()) throw std::runtime_error("there is no node " + id);
  return found->second;
}

streams::StoreOptions store_options(const Object& node) {
  bool is_stored = !is_null(node, "materialized") && node.at("materialized").as_bool();
  streams::StoreOptions options{.store = is_stored ? text_of(node, "id") + "-store" : ""};
  if (!is_null(node, "versioned")) options.history = Millis(number_of(node.at("versioned").as_object(), "history_ms"));
  return options;
}

}  // namespace weir::vectors
