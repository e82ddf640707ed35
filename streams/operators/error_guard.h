// ErrorGuard: applies an operator's policy for errors to its attempts. The operator's own errors only: one of an
// operator below goes on to whoever guards that one, and ends the run if nobody does.
//
// Cost: an operator without a policy has no guard. With one, each record sets a savepoint in every store of the task.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "streams/operators/node.h"
#include "streams/topology/error_policy.h"
#include "streams/topology/retry_spec.h"

namespace weir::streams {

class OperatorError;

class ErrorGuard {
 public:
  ErrorGuard(std::string operator_name, std::string_view phase, ErrorPolicy policy, RetrySpec retry)
      : name_(std::move(operator_name)), phase_(phase), policy_(std::move(policy)), retry_(std::move(retry)) {}

  ErrorGuard(ErrorGuard&&) = default;

  // Looks up the topics that the policy names. unknown_topic_or_partition.
  Result<> open(TaskScope& scope);

  // Makes the attempt, and does what the policy says if it throws. `input` is what the operator was given; null for a
  // timer, and at the end of a bounded run.
  void run(const std::function<void()>& attempt, const Record* input);
  // For an operator that makes its own attempts: does what `policy`, what is left of its own, says of one that failed.
  void give_up(const ErrorPolicy& policy, const Record& input, const std::string& reason);
  const ErrorPolicy& policy() const { return policy_; }

 private:
  using Attempt = std::function<void()>;

  bool succeeds(const Attempt& attempt, std::string& reason);
  bool is_own(const OperatorError& error) const;
  void apply(const ErrorPolicy& policy, const Attempt& attempt, const Record* input, const std::string& reason);
  bool send_to_retry(const RetryLater& later, const Record& input, const std::string& reason);
  std::size_t attempts_made() const;

  const std::string name_;
  const std::string_view phase_;
  const ErrorPolicy policy_;
  const RetrySpec retry_;
  TaskScope* scope_ = nullptr;
  std::map<std::string, Output*> dead_letters_;  // by topic
  std::vector<Output*> retries_;                 // by attempt
};

// Stands above the operator that it guards, under its name.
class GuardNode final : public Node {
 public:
  explicit GuardNode(ErrorGuard guard) : guard_(std::move(guard)) {}

  Result<> open(TaskScope& scope) override { return guard_.open(scope); }
  void process(const Record& record) override {
    guard_.run([&] { forward(record); }, &record);
  }
  void process_older(const Record& record) override {
    guard_.run([&] { forward_older(record); }, &record);
  }
  ErrorGuard& guard() { return guard_; }

 private:
  ErrorGuard guard_;
};

}  // namespace weir::streams
