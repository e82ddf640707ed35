// OperatorError: a user's callable threw. Carries the operator's name to the task, which stops the record there.
#pragma once

#include <stdexcept>
#include <string>

namespace weir::streams {

class OperatorError : public std::runtime_error {
 public:
  OperatorError(std::string operator_name, const std::string& what)
      : std::runtime_error("operator " + operator_name + ": " + what) {}
};

}  // namespace weir::streams
