// OperatorError: a user's callable threw. Carries the operator's name to whoever applies the policy for errors, or to
// the task, which stops the record there. `guarded` is where it is made, the only place where what callables throw is
// caught.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace weir::streams {

class OperatorError : public std::runtime_error {
 public:
  OperatorError(std::string operator_name, std::string what)
      : std::runtime_error("operator " + operator_name + ": " + what),
        operator_name_(std::move(operator_name)),
        reason_(std::move(what)) {}

  const std::string& operator_name() const { return operator_name_; }
  const std::string& reason() const { return reason_; }  // what the callable said

 private:
  std::string operator_name_;
  std::string reason_;
};

// A user's exception goes on with the operator's name.
template <class F>
decltype(auto) guarded(const std::string& operator_name, F&& call) {
  try {
    return call();
  } catch (const OperatorError&) {
    throw;  // from an operator below, through a callable that emits
  } catch (const std::exception& error) {
    throw OperatorError(operator_name, error.what());
  } catch (...) {
    throw OperatorError(operator_name, "an exception that is no std::exception");
  }
}

}  // namespace weir::streams
