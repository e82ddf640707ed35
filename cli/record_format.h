// RecordFormat: how `topic consume` prints a record: a format in kcat's manner, or a line of JSON.
//
//   %t topic  %p partition  %o offset  %k key  %s value  %T timestamp (ms)  %h headers  %K key's size  %S value's size
//   %%        \n \t \r \\ \xHH
//
// A null key or value prints nothing, and its size is -1. Headers print as name=value,name=value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/value_format.h"
#include "log/base/result.h"
#include "log/model/ids.h"
#include "log/model/record.h"

namespace weir::cli {

class RecordFormat {
 public:
  // invalid_argument names what is not known.
  static Result<RecordFormat> parse(std::string_view text, ValueFormat key, ValueFormat value);

  // corrupt_data if a key or value is not of its format.
  Result<> append(const log::TopicPartition& from, const log::RecordView& record, std::string& out) const;

 private:
  struct Piece {
    char field = 0;       // the letter behind '%', 0 for text
    std::string literal;  // of text
  };

  Result<> append_field(char field, const log::TopicPartition& from, const log::RecordView& record,
                        std::string& out) const;
  void add_literal(char letter);

  std::vector<Piece> pieces_;
  ValueFormat key_ = ValueFormat::string;
  ValueFormat value_ = ValueFormat::string;
};

// {"topic":"t","partition":0,"offset":1,"timestamp":2,"key":null,"value":"v","headers":[{"name":"h","value":"x"}]}
Result<> append_json_line(const log::TopicPartition& from, const log::RecordView& record, ValueFormat key,
                          ValueFormat value, std::string& out);

}  // namespace weir::cli
