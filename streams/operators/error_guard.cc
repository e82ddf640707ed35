#include "streams/operators/error_guard.h"

#include "streams/operators/dead_letter.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

Result<> ErrorGuard::open(TaskScope& scope) {
  scope_ = &scope;
  for (const std::string& topic : dead_letter_topics(policy_)) {
    WEIR_TRY_VAR(output, scope.output(topic, TopicOwner::user));
    dead_letters_[topic] = output;
  }
  for (const std::string& topic : retry_.topics) {
    WEIR_TRY_VAR(output, scope.output(topic, TopicOwner::retry));
    retries_.push_back(output);
  }
  return {};
}

void ErrorGuard::run(const Attempt& attempt, const Record* input) {
  std::string reason;
  if (!succeeds(attempt, reason)) apply(policy_, attempt, input, reason);
}

void ErrorGuard::give_up(const ErrorPolicy& policy, const Record& input, const std::string& reason) {
  apply(
      policy, [&] { throw OperatorError(name_, reason); }, &input, reason);
}

bool ErrorGuard::is_own(const OperatorError& error) const {
  return error.operator_name() == name_;
}

// False, with the reason, if the operator itself threw; then it is as if it had not been called.
bool ErrorGuard::succeeds(const Attempt& attempt, std::string& reason) {
  scope_->set_savepoint();
  try {
    attempt();
  } catch (const OperatorError& error) {
    scope_->roll_back();
    if (!is_own(error)) throw;
    reason = error.reason();
    return false;
  } catch (const std::exception& error) {  // of a Serde, around the callable
    scope_->roll_back();
    reason = error.what();
    return false;
  }
  scope_->release_savepoint();
  return true;
}

void ErrorGuard::apply(const ErrorPolicy& policy, const Attempt& attempt, const Record* input,
                       const std::string& reason) {
  Counters& counters = scope_->counters();
  switch (policy.kind()) {
    case ErrorPolicy::Kind::fail:
      throw OperatorError(name_, reason);
    case ErrorPolicy::Kind::skip:
      return counters.skipped_errors.add();
    case ErrorPolicy::Kind::dead_letter: {
      counters.dead_lettered.add();
      counters.sent.add();
      auto sent = send_dead_letter(*dead_letters_.at(policy.topic()), {phase_, name_, reason}, scope_->source_record(),
                                   scope_->stream_time_ms());
      if (!sent) scope_->fail(sent.error().at("operator " + name_ + ", dead letters, topic " + policy.topic()));
      return;
    }
    case ErrorPolicy::Kind::retry: {
      std::string last = reason;
      for (int i = 0; i < policy.retries(); ++i) {
        counters.retried.add();
        if (succeeds(attempt, last)) return;
      }
      return apply(policy.next(), attempt, input, last);
    }
    case ErrorPolicy::Kind::retry_later:
      // What a timer does has no record that could come back.
      if (input != nullptr && send_to_retry(policy.later(), *input, reason)) return counters.retried_later.add();
      return apply(policy.next(), attempt, input, reason);
  }
}

// How often the present record came back before.
std::size_t ErrorGuard::attempts_made() const {
  auto source = scope_->source_record();
  if (!source) return 0;
  for (std::size_t i = 0; i < retries_.size(); ++i) {
    if (scope_->topic_name(retry_.topics[i], TopicOwner::retry) == source->partition->topic) return i + 1;
  }
  return 0;
}

// False: the attempts are used up.
bool ErrorGuard::send_to_retry(const RetryLater& later, const Record& input, const std::string& reason) {
  const std::size_t made = attempts_made();
  if (made == retries_.size()) return false;
  std::vector<log::Header> headers = error_headers({phase_, name_, reason}, scope_->source_record(), input.headers);
  const std::int64_t due_ms = scope_->wall_time_ms() + later.wait_before(static_cast<int>(made) + 1).count();
  headers.push_back({std::string(error_header::kRetryDue), std::to_string(due_ms)});
  OwnedBytes key_scratch, value_scratch, header_scratch;
  NullableBytes key, value;
  if (input.key != nullptr && retry_.key != nullptr) key = retry_.key->encode_key(input.key, key_scratch);
  if (input.value != nullptr) value = retry_.value->encode(input.value, value_scratch);
  const log::HeadersView encoded = log::encode_headers(headers, header_scratch);
  // To the task's own partition: its stores have what belongs to the record.
  auto sent = retries_[made]->send_to(scope_->partition(), input.timestamp_ms, key, value, &encoded);
  if (!sent) scope_->fail(sent.error().at("operator " + name_ + ", retry topic " + retry_.topics[made]));
  scope_->counters().sent.add();
  return true;
}

}  // namespace weir::streams
