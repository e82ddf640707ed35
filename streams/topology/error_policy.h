// ErrorPolicy: what becomes of a record that an operator cannot deal with: its callable throws, its bytes do not
// decode, it cannot be written. For one operator, or for all of an application that have none of their own.
//
//   .map_values(parse, {.on_error = dead_letter("bad-lines")})
//   .process<K, V>(Charge{}, {.on_error = retry(2).then(retry_later({.name = "charge"}).then(dead_letter("failed")))})
//
// An attempt that failed leaves nothing behind: rows and what was sent below are as before. What the callable did
// elsewhere, and members of a processor, are not taken back.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/base/clock.h"

namespace weir::streams {

// For operators over one stream, aggregations among them; docs/errors.md says why not for tables.
// Back into the operator through topics of the application, "<application id>-<name>-<attempt>-retry", one for each
// attempt; the n-th comes after backoff * multiplier^(n-1). Records that came later overtake it: order is given up.
struct RetryLater {
  std::string name = {};  // empty: the operator's
  int attempts = 3;
  Millis backoff{1'000};
  double multiplier = 2;

  Millis wait_before(int attempt) const;  // attempts count from 1
};

class ErrorPolicy {
 public:
  enum class Kind { fail, skip, dead_letter, retry, retry_later };

  // The run ends with the operator, the partition and the offset; nothing of the open commit is seen. The default.
  ErrorPolicy() = default;

  Kind kind() const { return kind_; }
  int retries() const { return retries_; }                             // Kind::retry
  const std::string& topic() const { return topic_; }                  // Kind::dead_letter
  const RetryLater& later() const { return later_; }                   // Kind::retry_later
  ErrorPolicy next() const { return next_ ? *next_ : ErrorPolicy(); }  // when the attempts are used up

  // What follows when the attempts of a retry, now or later, are used up; without it the run fails then.
  ErrorPolicy then(const ErrorPolicy& next) const {
    ErrorPolicy copy = *this;
    copy.next_ = std::make_shared<const ErrorPolicy>(next);
    return copy;
  }

 private:
  friend ErrorPolicy skip();
  friend ErrorPolicy dead_letter(std::string topic);
  friend ErrorPolicy retry(int times);
  friend ErrorPolicy retry_later(RetryLater later);

  explicit ErrorPolicy(Kind kind) : kind_(kind) {}

  Kind kind_ = Kind::fail;
  int retries_ = 0;
  std::string topic_;
  RetryLater later_;
  std::shared_ptr<const ErrorPolicy> next_;  // shared by copies; never changes
};

// The record is left out, and counted.
ErrorPolicy skip();
// The bytes of the source record go to a topic, which must exist, with headers that say what happened and where
// (topology/dead_letter.h), in the same transaction.
ErrorPolicy dead_letter(std::string topic);
// The operator is called again at once, up to so many times. std::invalid_argument below 1.
ErrorPolicy retry(int times);
// The operator is called again later. std::invalid_argument without attempts, or if the times make no sense.
ErrorPolicy retry_later(RetryLater later);

// Those of an application, for operators that have none of their own.
struct ErrorPolicies {
  ErrorPolicy decoding = {};    // fail, skip or dead_letter
  ErrorPolicy processing = {};  // not retry_later: an operator has a topic of its own for that
  ErrorPolicy producing = {};   // the same
};
// std::invalid_argument if one of them is not possible there.
void check(const ErrorPolicies& policies);
void check_decoding(const ErrorPolicy& policy);

// The topics to which a policy may send dead letters.
std::vector<std::string> dead_letter_topics(const ErrorPolicy& policy);
// The part of a policy that retries later, if there is one.
std::optional<RetryLater> find_retry_later(const ErrorPolicy& policy);

}  // namespace weir::streams
