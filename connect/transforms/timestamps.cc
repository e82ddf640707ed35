// TimestampConverter and TimestampRouter.
#include "connect/data/calendar.h"
#include "connect/transforms/date_format.h"
#include "connect/transforms/field_path.h"
#include "connect/transforms/part_transform.h"
#include "log/base/saturate.h"

namespace weir::connect {

namespace {

constexpr Setting kTimestampConverter[] = {
    {.name = "field", .meaning = "the field that holds the time; the whole is one where it is not set"},
    {.name = "target.type",
     .type = SettingType::choice,
     .presence = Presence::required,
     .choices = "string|unix|Date|Time|Timestamp",
     .meaning = "what it becomes"},
    {.name = "format",
     .meaning = "of texts, read and written: a pattern as yyyy-MM-dd'T'HH:mm:ss.SSSXXX (docs/connect.md)"},
    {.name = "unix.precision",
     .type = SettingType::choice,
     .otherwise = "milliseconds",
     .choices = "seconds|milliseconds|microseconds|nanoseconds",
     .meaning = "of numbers, read and written: what they count since 1970"},
    kFieldSyntax,
    kReplaceNulls,
};

constexpr Setting kTimestampRouter[] = {
    {.name = "topic.format",
     .otherwise = "${topic}-${timestamp}",
     .meaning = "the topic then; ${topic} is what it was, ${timestamp} the record's time"},
    {.name = "timestamp.format", .otherwise = "yyyyMMdd", .meaning = "how the time is written there"},
};

enum class TimeType { string, unix, date, time, timestamp };

class TimestampConverter final : public PartTransform {
 public:
  struct Options {
    std::optional<FieldPath> path{};
    TimeType target = TimeType::timestamp;
    std::optional<DateFormat> format{};
    std::size_t precision = 1;
    Nulls nulls = Nulls::become_default;
  };

  TimestampConverter(Part part, Options options) : PartTransform(part), options_(std::move(options)) {}

 protected:
  Result<> change(Datum& datum, ConnectRecord&) override {
    if (!options_.path) return change_whole(datum);
    WEIR_TRY_VAR(fields, fields_of(datum));
    auto changed = fields.map != nullptr ? change_in(datum.value, 0) : change_struct(datum, *fields.structure);
    if (!changed) return fail(changed.error().at("field '" + options_.path->text + "'"));
    return {};
  }

 private:
  Result<> change_whole(Datum& datum) {
    WEIR_TRY_VAR(value, convert(datum.value));
    datum.value = std::move(value);
    if (datum.schema) datum.schema = target_schema(datum.schema->is_optional);
    return {};
  }

  // The value at the path, if it is there.
  Result<> change_in(Value& value, std::size_t step) const {
    const std::string& name = options_.path->steps[step];
    Value* inside = nullptr;
    if (auto* map = value.get_if<Map>()) inside = map->find(name);
    if (auto* structure = value.get_if<Struct>()) {
      inside = structure->find(name);
      if (inside != nullptr && inside->is_null()) {
        *inside = value_or_default(*structure->schema->field(name)->schema, *inside, options_.nulls);
      }
    }
    if (inside == nullptr) return {};
    if (step + 1 < options_.path->steps.size()) return change_in(*inside, step + 1);
    WEIR_TRY_VAR(converted, convert(*inside));
    *inside = std::move(converted);
    return {};
  }

  Result<> change_struct(Datum& datum, Struct& structure) {
    WEIR_TRY_VAR(schema, schemas_.of(structure.schema, [this](const Schema& is) { return changed_schema(is, 0); }));
    WEIR_TRY(change_in(datum.value, 0));
    adopt(datum.value, schema);
    datum.schema = std::move(schema);
    return {};
  }

  // The structs on the path have other schemas now.
  static void adopt(Value& value, const SchemaPtr& schema) {
    auto* structure = value.get_if<Struct>();
    if (structure == nullptr || structure->schema == schema) return;
    structure->schema = schema;
    for (std::size_t i = 0; i < structure->values.size(); ++i) adopt(structure->values[i], schema->fields[i].schema);
  }

  Result<SchemaPtr> changed_schema(const Schema& before, std::size_t step) const {
    auto schema = std::make_shared<Schema>(before);
    for (SchemaField& field : schema->fields) {
      if (field.name != options_.path->steps[step]) continue;
      if (step + 1 == options_.path->steps.size()) {
        field.schema = target_schema(field.schema->is_optional);
      } else if (field.schema->type == Type::structure) {
        WEIR_TRY_VAR(inside, changed_schema(*field.schema, step + 1));
        field.schema = std::move(inside);
      }
    }
    return SchemaPtr(schema);
  }

  SchemaPtr target_schema(bool is_optional) const {
    switch (options_.target) {
      case TimeType::string:
        return is_optional ? optional_schema_of(Type::string) : schema_of(Type::string);
      case TimeType::unix:
        return is_optional ? optional_schema_of(Type::int64) : schema_of(Type::int64);
      case TimeType::date:
        return date_schema(is_optional);
      case TimeType::time:
        return time_schema(is_optional);
      case TimeType::timestamp:
        break;
    }
    return timestamp_schema(is_optional);
  }

  Result<Value> convert(const Value& value) const {
    if (value.is_null()) return value;
    WEIR_TRY_VAR(ms, read(value));
    return write(ms);
  }

  Result<std::int64_t> read(const Value& value) const {
    if (const auto* timestamp = value.get_if<Timestamp>()) return timestamp->ms;
    if (const auto* date = value.get_if<Date>()) return date->days * kDayMs;
    if (const auto* time = value.get_if<Time>()) return std::int64_t{time->ms};
    if (const auto* number = value.get_if<std::int64_t>()) return from_unix(*number);
    if (const auto* text = value.get_if<std::string>()) {
      if (!options_.format) return fail(ErrorCode::invalid_record, "a text, and no 'format' to read it by");
      return options_.format->read(*text);
    }
    return fail(ErrorCode::invalid_record,
                "expected a time, an int64 or a text, not " + std::string(name_of_type(value)));
  }

  std::int64_t from_unix(std::int64_t number) const {
    constexpr std::int64_t kDivisors[] = {1, 1, 1'000, 1'000'000};
    if (options_.precision == 0) return saturated_product(number, 1'000);
    return number / kDivisors[options_.precision];
  }

  std::int64_t to_unix(std::int64_t ms) const {
    constexpr std::int64_t kFactors[] = {1, 1, 1'000, 1'000'000};
    if (options_.precision == 0) return ms / 1'000;
    return saturated_product(ms, kFactors[options_.precision]);
  }

  Result<Value> write(std::int64_t ms) const {
    const DayAndTime at = day_and_time(ms);
    switch (options_.target) {
      case TimeType::string:
        return Value(options_.format->format(ms));
      case TimeType::unix:
        return Value(to_unix(ms));
      case TimeType::date:
        if (at.day != saturated_int32(at.day)) return fail(ErrorCode::invalid_record, "the day is beyond 32 bits");
        return Value(Date{static_cast<std::int32_t>(at.day)});
      case TimeType::time:
        return Value(Time{at.ms});
      case TimeType::timestamp:
        break;
    }
    return Value(Timestamp{ms});
  }

  Options options_;
  SchemaCache schemas_;
};

std::unique_ptr<Transform> make_timestamp_converter(const SettingsUnder& settings, Part part,
                                                    std::vector<Error>& problems) {
  TimestampConverter::Options options;
  options.target = static_cast<TimeType>(settings.choice("target.type"));
  options.precision = settings.choice("unix.precision");
  options.nulls = nulls_of(settings);
  if (!settings.text("field").empty()) options.path = path_of(settings, "field", problems);
  const std::string& pattern = settings.text("format");
  if (!pattern.empty()) {
    auto format = DateFormat::parse(pattern);
    if (format) {
      options.format = *std::move(format);
    } else {
      problems.push_back(settings.wrong("format", format.error().detail));
    }
  } else if (options.target == TimeType::string) {
    problems.push_back(settings.wrong("format", "must be set where target.type is string"));
  }
  return std::make_unique<TimestampConverter>(part, std::move(options));
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

class TimestampRouter final : public Transform {
 public:
  TimestampRouter(std::string topic, DateFormat format) : topic_(std::move(topic)), format_(std::move(format)) {}
  Result<Kept> apply(ConnectRecord& record) override {
    if (record.timestamp_ms < 0) return fail(ErrorCode::invalid_record, "the record has no timestamp");
    std::string topic = topic_;
    replace_all(topic, "${timestamp}", format_.format(record.timestamp_ms));
    replace_all(topic, "${topic}", record.topic);
    record.topic = std::move(topic);
    return Kept::yes;
  }

 private:
  std::string topic_;
  DateFormat format_;
};

std::unique_ptr<Transform> make_timestamp_router(const SettingsUnder& settings, Part, std::vector<Error>& problems) {
  auto format = DateFormat::parse(settings.text("timestamp.format"));
  if (!format) {
    problems.push_back(settings.wrong("timestamp.format", format.error().detail));
    return nullptr;
  }
  return std::make_unique<TimestampRouter>(settings.text("topic.format"), *std::move(format));
}

}  // namespace

std::vector<TransformClass> timestamp_transforms() {
  return {
      {"TimestampConverter", true, kTimestampConverter, "makes times texts, numbers, dates, times of day or timestamps",
       make_timestamp_converter},
      {"TimestampRouter", false, kTimestampRouter, "gives records a topic that names their time",
       make_timestamp_router},
  };
}

}  // namespace weir::connect
