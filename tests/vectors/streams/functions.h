// The function library of the vectors (tests/vectors/README.md, section 5): callables from their JSON, an array whose
// first element is the name. A name that is not known is a std::runtime_error.
#pragma once

#include <functional>
#include <utility>

#include <boost/json.hpp>

#include "tests/vectors/streams/text.h"

namespace weir::vectors {

using Pair = std::pair<Text, Text>;
using Predicate = std::function<bool(const Text& key, const Text& value)>;
using Mapper = std::function<Text(const Text& key, const Text& value)>;  // and key selectors
using FlatMapper = std::function<std::vector<Pair>(const Text& key, const Text& value)>;
using FlatValueMapper = std::function<std::vector<Text>(const Text& value)>;
using Adder = std::function<Text(const Text& value, const Text& aggregate)>;  // and subtractors, reducers
using Merger = std::function<Text(const Text& a, const Text& b)>;
using Joiner = std::function<Text(const Text& key, const Text& left, const Text& right)>;
using TopicFunction = std::function<std::string(const Text& key, const Text& value)>;

Predicate predicate(const boost::json::value& spec);
Mapper mapper(const boost::json::value& spec);
Mapper key_selector(const boost::json::value& spec);
FlatMapper flat_mapper(const boost::json::value& spec);
FlatValueMapper flat_value_mapper(const boost::json::value& spec);
Adder adder(const boost::json::value& spec);
Merger merger(const boost::json::value& spec);
Joiner joiner(const boost::json::value& spec);
TopicFunction topic_function(const boost::json::value& spec);

}  // namespace weir::vectors
