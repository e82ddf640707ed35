#include "connect/converters/protobuf_converter.h"

#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "connect/converters/protobuf_schema.h"
#include "log/base/file.h"

namespace weir::connect {

namespace {

constexpr Setting kProtobufConverter[] = {
    {.name = "descriptor.file",
     .presence = Presence::required,
     .meaning = "a descriptor set: what protoc --include_imports --descriptor_set_out=FILE wrote"},
    {.name = "message", .presence = Presence::required, .meaning = "the type of the messages, with its package"},
};

// What is wrong with a file of descriptors: the first thing, and nothing on standard error.
class FirstFault final : public google::protobuf::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string&, const std::string& element, const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text.empty()) text = element + ": " + message;
  }
  std::string text;
};

class ProtobufConverter final : public Converter {
 public:
  // invalid_argument.
  Result<> open(const std::string& descriptors, const std::string& message) {
    google::protobuf::FileDescriptorSet set;
    if (!set.ParseFromString(descriptors) || set.file_size() == 0) {
      return fail(ErrorCode::invalid_argument, "is no descriptor set");
    }
    for (const auto& file : set.file()) {
      FirstFault fault;
      if (pool_.BuildFileCollectingErrors(file, &fault) != nullptr) continue;
      return fail(ErrorCode::invalid_argument, "is wrong in " + file.name() + ", or lacks what it imports (" +
                                                   fault.text + "): use --include_imports");
    }
    const auto* type = pool_.FindMessageTypeByName(message);
    if (type == nullptr) return fail(ErrorCode::invalid_argument, "has no message " + message);
    WEIR_TRY_VAR(schema, schema_of_message(*type, schemas_));
    schema_ = std::move(schema);
    message_.reset(factory_.GetPrototype(type)->New());
    return {};
  }

  Result<Payload> read(std::string_view, NullableBytes bytes) override {
    if (!bytes) return Payload();
    message_->Clear();
    if (!message_->ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
      return fail(ErrorCode::corrupt_data, "no " + schema_->name + " in Protocol Buffers");
    }
    WEIR_TRY_VAR(value, value_of_message(*message_, schemas_));
    return Payload(Datum{schema_, std::move(value)});
  }

  Result<NullableBytes> write(std::string_view, const Payload& payload, OwnedBytes& scratch) override {
    WEIR_TRY_VAR(datum, payload.datum());
    if (datum->is_null()) return NullableBytes();
    message_->Clear();
    WEIR_TRY(fill_message(datum->value, *message_));
    if (!message_->IsInitialized()) {
      return fail(ErrorCode::invalid_record, "required fields are missing: " + message_->InitializationErrorString());
    }
    scratch.clear();
    (void)message_->ByteSizeLong();  // SerializeWithCachedSizes needs the sizes
    {                                // what is written is in `scratch` when the streams are gone
      google::protobuf::io::StringOutputStream stream(&scratch);
      google::protobuf::io::CodedOutputStream coded(&stream);
      coded.SetSerializationDeterministic(true);
      message_->SerializeWithCachedSizes(&coded);
    }
    return NullableBytes(scratch);
  }

 private:
  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_{&pool_};
  ProtobufSchemas schemas_;
  SchemaPtr schema_;
  std::unique_ptr<google::protobuf::Message> message_;  // used again for each
};

}  // namespace

SettingTable protobuf_converter_settings() {
  return kProtobufConverter;
}

Result<std::unique_ptr<Converter>> make_protobuf_converter(const SettingsUnder& settings) {
  auto descriptors = read_file(posix_files(), settings.text("descriptor.file"));
  if (!descriptors) return fail(settings.wrong("descriptor.file", descriptors.error().to_string()));
  auto converter = std::make_unique<ProtobufConverter>();
  if (auto opened = converter->open(*descriptors, settings.text("message")); !opened) {
    return fail(settings.wrong("descriptor.file", opened.error().detail));
  }
  return converter;
}

}  // namespace weir::connect
