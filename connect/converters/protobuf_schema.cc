#include "connect/converters/protobuf_schema.h"

#include <set>

namespace weir::connect {

namespace {

namespace pb = google::protobuf;

constexpr const char* kProtobufTimestamp = "google.protobuf.Timestamp";

bool is_timestamp(const pb::Descriptor* type) {
  return type != nullptr && type->full_name() == kProtobufTimestamp;
}

class SchemaMaker {
 public:
  explicit SchemaMaker(ProtobufSchemas& schemas) : schemas_(schemas) {}

  Result<SchemaPtr> of(const pb::Descriptor& type) {
    if (auto known = schemas_.find(&type); known != schemas_.end()) return known->second;
    if (!open_.insert(&type).second) {
      return fail(ErrorCode::invalid_argument,
                  "message " + type.full_name() + " holds itself, which no schema can say");
    }
    auto schema = std::make_shared<Schema>(Schema{.type = Type::structure, .name = type.full_name()});
    for (int i = 0; i < type.field_count(); ++i) {
      WEIR_TRY_VAR(field, of_field(*type.field(i)));
      schema->fields.push_back({type.field(i)->name(), std::move(field)});
    }
    open_.erase(&type);
    schemas_[&type] = schema;
    return SchemaPtr(schema);
  }

 private:
  Result<SchemaPtr> of_field(const pb::FieldDescriptor& field) {
    if (field.is_map()) {
      WEIR_TRY_VAR(keys, of_single(*field.message_type()->map_key()));
      WEIR_TRY_VAR(values, of_single(*field.message_type()->map_value()));
      return std::make_shared<const Schema>(
          Schema{.type = Type::map, .keys = std::move(keys), .values = with_optional(values, false)});
    }
    WEIR_TRY_VAR(single, of_single(field));
    if (field.is_repeated())
      return std::make_shared<const Schema>(Schema{.type = Type::array, .values = std::move(single)});
    return with_optional(single, field.has_presence() && !field.is_required());
  }

  Result<SchemaPtr> of_single(const pb::FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
        return schema_of(Type::int32);
      case pb::FieldDescriptor::CPPTYPE_UINT32:
      case pb::FieldDescriptor::CPPTYPE_INT64:
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        return schema_of(Type::int64);
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        return schema_of(Type::float64);
      case pb::FieldDescriptor::CPPTYPE_FLOAT:
        return schema_of(Type::float32);
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return schema_of(Type::boolean);
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        return schema_of(Type::string);
      case pb::FieldDescriptor::CPPTYPE_STRING:
        return schema_of(field.type() == pb::FieldDescriptor::TYPE_BYTES ? Type::bytes : Type::string);
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    if (is_timestamp(field.message_type())) return timestamp_schema();
    return of(*field.message_type());
  }

  ProtobufSchemas& schemas_;
  std::set<const pb::Descriptor*> open_;  // that are being made
};

// Reads a field's value, or one of a repeated field.
class FieldReader {
 public:
  FieldReader(const pb::Message& message, const pb::FieldDescriptor& field, const ProtobufSchemas& schemas)
      : message_(message), field_(field), schemas_(schemas), is_(*message.GetReflection()) {}

  Result<Value> all() const {
    if (field_.is_map()) return map();
    if (field_.is_repeated()) return list();
    if (field_.has_presence() && !is_.HasField(message_, &field_)) return Value();
    return one(-1);
  }

 private:
  Result<Value> list() const {
    List list;
    const int size = is_.FieldSize(message_, &field_);
    for (int i = 0; i < size; ++i) {
      WEIR_TRY_VAR(value, one(i));
      list.push_back(std::move(value));
    }
    return Value(std::move(list));
  }

  Result<Value> map() const {
    Map map;
    const int size = is_.FieldSize(message_, &field_);
    for (int i = 0; i < size; ++i) {
      const pb::Message& entry = is_.GetRepeatedMessage(message_, &field_, i);
      WEIR_TRY_VAR(key, FieldReader(entry, *field_.message_type()->map_key(), schemas_).one(-1));
      WEIR_TRY_VAR(value, FieldReader(entry, *field_.message_type()->map_value(), schemas_).one(-1));
      map.entries.emplace_back(std::move(key), std::move(value));
    }
    return Value(std::move(map));
  }

  Result<Value> one(int index) const {
    const bool is_one = index < 0;
    switch (field_.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_INT32:
        return Value(is_one ? is_.GetInt32(message_, &field_) : is_.GetRepeatedInt32(message_, &field_, index));
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        return Value(static_cast<std::int64_t>(is_one ? is_.GetUInt32(message_, &field_)
                                                      : is_.GetRepeatedUInt32(message_, &field_, index)));
      case pb::FieldDescriptor::CPPTYPE_INT64:
        return Value(static_cast<std::int64_t>(is_one ? is_.GetInt64(message_, &field_)
                                                      : is_.GetRepeatedInt64(message_, &field_, index)));
      case pb::FieldDescriptor::CPPTYPE_UINT64: {
        const std::uint64_t number =
            is_one ? is_.GetUInt64(message_, &field_) : is_.GetRepeatedUInt64(message_, &field_, index);
        if (number > static_cast<std::uint64_t>(INT64_MAX)) {
          return fail(ErrorCode::corrupt_data, std::to_string(number) + " is beyond int64");
        }
        return Value(static_cast<std::int64_t>(number));
      }
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        return Value(is_one ? is_.GetDouble(message_, &field_) : is_.GetRepeatedDouble(message_, &field_, index));
      case pb::FieldDescriptor::CPPTYPE_FLOAT:
        return Value(is_one ? is_.GetFloat(message_, &field_) : is_.GetRepeatedFloat(message_, &field_, index));
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return Value(is_one ? is_.GetBool(message_, &field_) : is_.GetRepeatedBool(message_, &field_, index));
      case pb::FieldDescriptor::CPPTYPE_ENUM: {
        const int number =
            is_one ? is_.GetEnumValue(message_, &field_) : is_.GetRepeatedEnumValue(message_, &field_, index);
        const auto* known = field_.enum_type()->FindValueByNumber(number);
        return Value(known != nullptr ? known->name() : std::to_string(number));
      }
      case pb::FieldDescriptor::CPPTYPE_STRING: {
        std::string text = is_one ? is_.GetString(message_, &field_) : is_.GetRepeatedString(message_, &field_, index);
        if (field_.type() == pb::FieldDescriptor::TYPE_BYTES) return Value(Blob{std::move(text)});
        return Value(std::move(text));
      }
      case pb::FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    const pb::Message& inside =
        is_one ? is_.GetMessage(message_, &field_) : is_.GetRepeatedMessage(message_, &field_, index);
    if (is_timestamp(field_.message_type())) return timestamp(inside);
    return value_of_message(inside, schemas_);
  }

  static Result<Value> timestamp(const pb::Message& message) {
    const auto& is = *message.GetReflection();
    const auto* seconds = message.GetDescriptor()->FindFieldByNumber(1);
    const auto* nanos = message.GetDescriptor()->FindFieldByNumber(2);
    const std::int64_t whole = is.GetInt64(message, seconds);
    constexpr std::int64_t kMost = INT64_MAX / 1'000 - 1;
    if (whole > kMost || whole < -kMost) return fail(ErrorCode::corrupt_data, "a time beyond the timestamps");
    return Value(Timestamp{whole * 1'000 + is.GetInt32(message, nanos) / 1'000'000});
  }

  const pb::Message& message_;
  const pb::FieldDescriptor& field_;
  const ProtobufSchemas& schemas_;
  const pb::Reflection& is_;
};

}  // namespace

Result<SchemaPtr> schema_of_message(const pb::Descriptor& type, ProtobufSchemas& schemas) {
  return SchemaMaker(schemas).of(type);
}

Result<Value> value_of_message(const pb::Message& message, const ProtobufSchemas& schemas) {
  const pb::Descriptor& type = *message.GetDescriptor();
  Struct structure{schemas.at(&type), {}};
  structure.values.reserve(static_cast<std::size_t>(type.field_count()));
  for (int i = 0; i < type.field_count(); ++i) {
    auto value = FieldReader(message, *type.field(i), schemas).all();
    if (!value) return fail(value.error().at("field '" + type.field(i)->name() + "'"));
    structure.values.push_back(*std::move(value));
  }
  return Value(std::move(structure));
}

}  // namespace weir::connect
