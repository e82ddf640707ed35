// What transforms of a record's key or value are made of.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connect/transforms/transform_class.h"

namespace weir::connect {

// Changes the key or the value. Null passes untouched, as the tombstones of Kafka Connect's transforms do.
class PartTransform : public Transform {
 public:
  explicit PartTransform(Part part) : part_(part) {}
  Result<Kept> apply(ConnectRecord& record) final;

 protected:
  // `datum` is the part, to be changed; it is not null. invalid_record.
  virtual Result<> change(Datum& datum, ConnectRecord& record) = 0;
  // Where null is not to pass: invalid_record, or what it becomes.
  virtual Result<> change_null(ConnectRecord&) { return {}; }

  Payload& payload(ConnectRecord& record) const { return part_ == Part::key ? record.key : record.value; }
  std::string_view part_name() const { return part_ == Part::key ? "key" : "value"; }

 private:
  Part part_;
};

// What became of schemas that came before: the last 16 of them, so that a schema is made anew once and not for each
// record.
class SchemaCache {
 public:
  template <class Make>  // SchemaPtr or Result<SchemaPtr>, of the schema
  Result<SchemaPtr> of(const SchemaPtr& schema, Make make) {
    for (const auto& [before, after] : known_) {
      if (before == schema) return after;
    }
    Result<SchemaPtr> made = make(*schema);
    if (!made) return made;
    if (known_.size() < kMost) {
      known_.emplace_back(schema, *made);
    } else {
      known_[next_++ % kMost] = {schema, *made};
    }
    return made;
  }

 private:
  static constexpr std::size_t kMost = 16;
  std::vector<std::pair<SchemaPtr, SchemaPtr>> known_;
  std::size_t next_ = 0;
};

// Whether a null of a field is taken for its schema's default (replace.null.with.default).
enum class Nulls { stay, become_default };
inline constexpr Setting kReplaceNulls = {.name = "replace.null.with.default",
                                          .type = SettingType::flag,
                                          .otherwise = "true",
                                          .meaning = "whether a null of a field whose schema has a default becomes it"};
Nulls nulls_of(const SettingsUnder& settings);
const Value& value_or_default(const Schema& schema, const Value& value, Nulls nulls);

// Either what has fields by a schema, or a map without one.
struct Fields {
  Map* map = nullptr;
  Struct* structure = nullptr;
};
// invalid_record: "expected fields, not a string".
Result<Fields> fields_of(Datum& datum);
tl::unexpected<Error> no_fields(const Value& value);

// A struct's schema with what it says of itself (name, version, doc, parameters) and no field yet.
Schema without_fields(const Schema& schema);
// Puts another schema, and values that fit it, in the place of a struct.
void become(Datum& datum, SchemaPtr schema, std::vector<Value> values);

// The names of a list, for "is it one of them".
bool is_among(const std::vector<std::string>& names, std::string_view name);

}  // namespace weir::connect
