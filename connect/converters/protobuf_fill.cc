// Values into messages (protobuf_schema.h).
#include <limits>
#include <optional>

#include "connect/converters/base64.h"
#include "connect/converters/protobuf_schema.h"
#include "connect/data/calendar.h"

namespace weir::connect {

namespace {

namespace pbf = google::protobuf;

tl::unexpected<Error> unfit(const std::string& expected, const Value& value) {
  return fail(ErrorCode::invalid_record, "expected " + expected + ", not " + std::string(name_of_type(value)));
}

std::optional<std::int64_t> whole_number(const Value& value) {
  if (const auto* is = value.get_if<std::int8_t>()) return *is;
  if (const auto* is = value.get_if<std::int16_t>()) return *is;
  if (const auto* is = value.get_if<std::int32_t>()) return *is;
  if (const auto* is = value.get_if<std::int64_t>()) return *is;
  return std::nullopt;
}

template <class Integer>
Result<Integer> integer_in(const Value& value, const std::string& called) {
  auto number = whole_number(value);
  if (!number) return unfit(called, value);
  const bool is_negative_unsigned = std::is_unsigned_v<Integer> && *number < 0;
  if (is_negative_unsigned || static_cast<std::int64_t>(static_cast<Integer>(*number)) != *number) {
    return fail(ErrorCode::invalid_record, std::to_string(*number) + " is no " + called.substr(called.find(' ') + 1));
  }
  return static_cast<Integer>(*number);
}

Result<double> double_in(const Value& value) {
  if (const auto* is = value.get_if<float>()) return *is;
  if (const auto* is = value.get_if<double>()) return *is;
  if (auto number = whole_number(value)) return static_cast<double>(*number);
  return unfit("a number", value);
}

// Sets a field, or adds to a repeated one.
class FieldWriter {
 public:
  FieldWriter(pbf::Message& message, const pbf::FieldDescriptor& field)
      : message_(message), field_(field), is_(*message.GetReflection()) {}

  Result<> put_all(const Value& value) {
    if (value.is_null()) return {};
    if (field_.is_map()) return put_map(value);
    if (!field_.is_repeated()) return put(value);
    const auto* list = value.get_if<List>();
    if (list == nullptr) return unfit("a list", value);
    for (const Value& item : *list) WEIR_TRY(put(item));
    return {};
  }

 private:
  Result<> put_map(const Value& value) {
    const auto* map = value.get_if<Map>();
    if (map == nullptr) return unfit("a map", value);
    for (const auto& [key, inside] : map->entries) {
      pbf::Message& entry = *is_.AddMessage(&message_, &field_);
      WEIR_TRY(FieldWriter(entry, *field_.message_type()->map_key()).put_key(key));
      WEIR_TRY(FieldWriter(entry, *field_.message_type()->map_value()).put(inside));
    }
    return {};
  }

  // Keys of JSON are texts, also of numbers.
  Result<> put_key(const Value& key) {
    const auto* text = key.get_if<std::string>();
    if (text == nullptr || field_.cpp_type() == pbf::FieldDescriptor::CPPTYPE_STRING) return put(key);
    if (*text == "true" || *text == "false") return put(Value(*text == "true"));
    auto number = Decimal::parse(*text);
    if (number && number->scale == 0) {
      std::int64_t whole = 0;
      for (const char byte : number->unscaled) whole = whole << 8 | static_cast<unsigned char>(byte);
      if (number->unscaled.size() <= 8) {
        const int unused = 64 - 8 * static_cast<int>(number->unscaled.size());
        return put(Value(static_cast<std::int64_t>(static_cast<std::uint64_t>(whole) << unused) >> unused));
      }
    }
    return unfit("a key of " + std::string(field_.cpp_type_name()), key);
  }

  template <class Number, class Set, class Add>
  Result<> put_number(Number number, Set set, Add add) {
    if (field_.is_repeated()) {
      (is_.*add)(&message_, &field_, number);
    } else {
      (is_.*set)(&message_, &field_, number);
    }
    return {};
  }

  Result<> put(const Value& value) {
    switch (field_.cpp_type()) {
      case pbf::FieldDescriptor::CPPTYPE_INT32: {
        WEIR_TRY_VAR(number, integer_in<std::int32_t>(value, "an int32"));
        return put_number(number, &pbf::Reflection::SetInt32, &pbf::Reflection::AddInt32);
      }
      case pbf::FieldDescriptor::CPPTYPE_UINT32: {
        WEIR_TRY_VAR(number, integer_in<std::uint32_t>(value, "a uint32"));
        return put_number(number, &pbf::Reflection::SetUInt32, &pbf::Reflection::AddUInt32);
      }
      case pbf::FieldDescriptor::CPPTYPE_INT64: {
        WEIR_TRY_VAR(number, integer_in<std::int64_t>(value, "an int64"));
        return put_number(number, &pbf::Reflection::SetInt64, &pbf::Reflection::AddInt64);
      }
      case pbf::FieldDescriptor::CPPTYPE_UINT64: {
        WEIR_TRY_VAR(number, integer_in<std::uint64_t>(value, "a uint64"));
        return put_number(number, &pbf::Reflection::SetUInt64, &pbf::Reflection::AddUInt64);
      }
      case pbf::FieldDescriptor::CPPTYPE_DOUBLE: {
        WEIR_TRY_VAR(number, double_in(value));
        return put_number(number, &pbf::Reflection::SetDouble, &pbf::Reflection::AddDouble);
      }
      case pbf::FieldDescriptor::CPPTYPE_FLOAT: {
        WEIR_TRY_VAR(number, double_in(value));
        return put_number(static_cast<float>(number), &pbf::Reflection::SetFloat, &pbf::Reflection::AddFloat);
      }
      case pbf::FieldDescriptor::CPPTYPE_BOOL: {
        const auto* is = value.get_if<bool>();
        if (is == nullptr) return unfit("a boolean", value);
        return put_number(*is, &pbf::Reflection::SetBool, &pbf::Reflection::AddBool);
      }
      case pbf::FieldDescriptor::CPPTYPE_ENUM: {
        WEIR_TRY_VAR(number, enumerator(value));
        return put_number(number, &pbf::Reflection::SetEnumValue, &pbf::Reflection::AddEnumValue);
      }
      case pbf::FieldDescriptor::CPPTYPE_STRING: {
        WEIR_TRY_VAR(text, text_in(value));
        return put_number(text, &pbf::Reflection::SetString, &pbf::Reflection::AddString);
      }
      case pbf::FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
    pbf::Message& inside =
        field_.is_repeated() ? *is_.AddMessage(&message_, &field_) : *is_.MutableMessage(&message_, &field_);
    if (field_.message_type()->full_name() == "google.protobuf.Timestamp") return put_timestamp(value, inside);
    return fill_message(value, inside);
  }

  Result<int> enumerator(const Value& value) const {
    if (auto number = whole_number(value)) return static_cast<int>(*number);
    const auto* name = value.get_if<std::string>();
    if (name == nullptr) return unfit("the name of an enumerator", value);
    const auto* known = field_.enum_type()->FindValueByName(*name);
    if (known != nullptr) return known->number();
    auto number = Decimal::parse(*name);
    if (number && number->scale == 0 && number->unscaled.size() <= 4) return std::stoi(*name);
    return fail(ErrorCode::invalid_record, "'" + *name + "' is none of " + field_.enum_type()->full_name());
  }

  // Bytes that came as JSON are base64, as in Protocol Buffers' own JSON.
  Result<std::string> text_in(const Value& value) const {
    const bool is_bytes = field_.type() == pbf::FieldDescriptor::TYPE_BYTES;
    const auto* text = value.get_if<std::string>();
    if (!is_bytes && text != nullptr) return *text;
    if (const auto* blob = value.get_if<Blob>(); is_bytes && blob != nullptr) return blob->bytes;
    if (is_bytes && text != nullptr) {
      if (auto bytes = bytes_of_base64(*text)) return *bytes;
      return fail(ErrorCode::invalid_record, "expected bytes in base64, not '" + *text + "'");
    }
    return unfit(is_bytes ? "bytes" : "a string", value);
  }

  static Result<> put_timestamp(const Value& value, pbf::Message& message) {
    std::optional<std::int64_t> ms;
    if (const auto* timestamp = value.get_if<Timestamp>()) ms = timestamp->ms;
    if (const auto* text = value.get_if<std::string>()) ms = parse_iso_timestamp(*text);
    if (!ms) return unfit("a timestamp", value);
    const std::int64_t rest = (*ms % 1'000 + 1'000) % 1'000;
    const auto& is = *message.GetReflection();
    is.SetInt64(&message, message.GetDescriptor()->FindFieldByNumber(1), (*ms - rest) / 1'000);
    is.SetInt32(&message, message.GetDescriptor()->FindFieldByNumber(2), static_cast<std::int32_t>(rest * 1'000'000));
    return {};
  }

  pbf::Message& message_;
  const pbf::FieldDescriptor& field_;
  const pbf::Reflection& is_;
};

Result<> put_field(const std::string& name, const Value& value, pbf::Message& message) {
  const pbf::Descriptor& type = *message.GetDescriptor();
  const auto* field = type.FindFieldByName(name);
  if (field == nullptr) field = type.FindFieldByCamelcaseName(name);
  if (field == nullptr) return fail(ErrorCode::invalid_record, type.full_name() + " has no field '" + name + "'");
  auto put = FieldWriter(message, *field).put_all(value);
  if (!put) return fail(put.error().at("field '" + name + "'"));
  return {};
}

}  // namespace

Result<> fill_message(const Value& value, pbf::Message& message) {
  if (const auto* structure = value.get_if<Struct>()) {
    for (std::size_t i = 0; i < structure->values.size(); ++i) {
      WEIR_TRY(put_field(structure->schema->fields[i].name, structure->values[i], message));
    }
    return {};
  }
  const auto* map = value.get_if<Map>();
  if (map == nullptr) return unfit("fields", value);
  for (const auto& [key, inside] : map->entries) {
    const auto* name = key.get_if<std::string>();
    if (name == nullptr) return unfit("names of fields", key);
    WEIR_TRY(put_field(*name, inside, message));
  }
  return {};
}

}  // namespace weir::connect
