// Spec: a function of the library as JSON has it: its name and arguments.
#pragma once

#include <stdexcept>
#include <string>

#include "tests/vectors/json_access.h"

namespace weir::vectors {

class Spec {
 public:
  explicit Spec(const boost::json::value& json) : name_(json.is_string() ? json.as_string() : json.at(0).as_string()) {
    if (json.is_array()) arguments_.assign(json.as_array().begin() + 1, json.as_array().end());
  }

  const std::string& name() const { return name_; }
  bool has(std::size_t argument) const { return argument < arguments_.size(); }
  std::string text(std::size_t argument = 0) const { return std::string(arguments_.at(argument).as_string()); }
  std::int64_t number(std::size_t argument = 0) const { return number_of(arguments_.at(argument)); }
  const boost::json::value& json(std::size_t argument = 0) const { return arguments_.at(argument); }

  std::runtime_error unknown(const std::string& kind) const {
    return std::runtime_error("nothing here knows the " + kind + " " + name_);
  }

 private:
  std::string name_;
  std::vector<boost::json::value> arguments_;
};

}  // namespace weir::vectors
