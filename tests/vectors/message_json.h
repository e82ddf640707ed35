// Messages of log/wire to and from the JSON of vectors (WIRE: "How message shows values"): exactly the fields of a
// version, tagged ones only where they differ from their default.
#pragma once

#include <boost/json.hpp>

#include "log/wire/messages/every_message.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

std::string to_base64(Bytes bytes);
OwnedBytes from_base64(std::string_view text);

template <class Message>
boost::json::value to_json(const Message& message, std::int16_t version);

// std::runtime_error (or Boost's own) where `json` has not the shape of the message.
template <class Message>
void from_json(const boost::json::value& json, std::int16_t version, Message& message);

namespace message_json {

template <class T>
inline constexpr bool kIsStrong = false;
template <class Tag, class Rep, Arithmetic kArithmetic>
inline constexpr bool kIsStrong<Strong<Tag, Rep, kArithmetic>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

class ToJson {
 public:
  explicit ToJson(std::int16_t version) : version_(version) {}

  template <class T>
  void field(const char* name, const T& value) {
    object[name] = to_json(value, version_);
  }
  template <class T>
  void tagged(const char* name, const T& value, bool differs) {
    if (differs) field(name, value);
  }
  void bytes(const char* name, const OwnedBytes& value) { object[name] = to_base64(value); }
  void bytes(const char* name, const std::optional<OwnedBytes>& value) {
    if (value) return bytes(name, *value);
    object[name] = nullptr;
  }

  boost::json::object object;

 private:
  std::int16_t version_;
};

class FromJson {
 public:
  FromJson(const Object& object, std::int16_t version) : object_(object), version_(version) {}

  template <class T>
  void field(const char* name, T& value) {
    from_json(object_.at(name), version_, value);
  }
  template <class T>
  void tagged(const char* name, T& value, bool) {
    if (object_.contains(name)) field(name, value);
  }
  void bytes(const char* name, OwnedBytes& value) { value = from_base64(object_.at(name).as_string()); }
  void bytes(const char* name, std::optional<OwnedBytes>& value) {
    value.reset();
    if (!object_.at(name).is_null()) bytes(name, value.emplace());
  }

 private:
  const Object& object_;
  std::int16_t version_;
};

boost::json::value show(const log::Uuid& id);
boost::json::value show(const log::Records& records);
void read(const boost::json::value& json, log::Uuid& id);
void read(const boost::json::value& json, log::Records& records);

}  // namespace message_json

template <class Message>
boost::json::value to_json(const Message& message, std::int16_t version) {
  using namespace message_json;
  if constexpr (kIsStrong<Message>) {
    return std::int64_t{message.value()};
  } else if constexpr (std::is_enum_v<Message>) {
    return static_cast<std::int64_t>(message);
  } else if constexpr (std::is_same_v<Message, bool> || std::is_floating_point_v<Message>) {
    return message;
  } else if constexpr (std::is_integral_v<Message>) {
    return static_cast<std::int64_t>(message);
  } else if constexpr (std::is_same_v<Message, std::string>) {
    return boost::json::string(message);
  } else if constexpr (std::is_same_v<Message, log::Uuid> || std::is_same_v<Message, log::Records>) {
    return show(message);
  } else if constexpr (kIsOptional<Message>) {
    return message ? to_json(*message, version) : boost::json::value(nullptr);
  } else if constexpr (kIsVector<Message>) {
    boost::json::array all;
    for (const auto& element : message) all.push_back(to_json(element, version));
    return all;
  } else {
    ToJson visitor(version);
    visit_fields(message, version, visitor);
    return visitor.object;
  }
}

template <class Message>
void from_json(const boost::json::value& json, std::int16_t version, Message& message) {
  using namespace message_json;
  if constexpr (kIsStrong<Message>) {
    message = Message(static_cast<typename Message::Value>(number_of(json)));
  } else if constexpr (std::is_same_v<Message, bool>) {
    message = json.as_bool();
  } else if constexpr (std::is_floating_point_v<Message>) {
    message = json.to_number<Message>();
  } else if constexpr (std::is_enum_v<Message> || std::is_integral_v<Message>) {
    message = static_cast<Message>(number_of(json));
  } else if constexpr (std::is_same_v<Message, std::string>) {
    message = std::string(json.as_string());
  } else if constexpr (std::is_same_v<Message, log::Uuid> || std::is_same_v<Message, log::Records>) {
    read(json, message);
  } else if constexpr (kIsOptional<Message>) {
    message.reset();
    if (!json.is_null()) from_json(json, version, message.emplace());
  } else if constexpr (kIsVector<Message>) {
    message.clear();
    for (const auto& element : json.as_array()) from_json(element, version, message.emplace_back());
  } else {
    FromJson visitor(json.as_object(), version);
    visit_fields(message, version, visitor);
  }
}

}  // namespace weir::vectors
