// One message to and from bytes of its own: bodies of frames, keys and values of the coordinators' topics.
#pragma once

#include "log/wire/message_reader.h"
#include "log/wire/message_writer.h"

namespace weir::log::wire {

// unsupported_version, invalid_argument: see MessageWriter.
template <class Message>
Result<OwnedBytes> encoded(const Message& message, std::int16_t version) {
  OwnedBytes bytes;
  MessageWriter out(bytes);
  WEIR_TRY(encode(message, version, out));
  return bytes;
}

// All of `body` must be the message. unsupported_version, truncated, corrupt_message.
template <class Message>
Result<Message> decoded(const SharedBytes& body, std::int16_t version) {
  Message message;
  MessageReader in(body);
  WEIR_TRY(decode(message, version, in));
  if (!in.at_end()) {
    return fail(ErrorCode::corrupt_message, std::to_string(in.remaining()) + " bytes behind the message's end");
  }
  return message;
}

// A record of a coordinator's topic: an int16 version, then the message.
template <class Message>
Result<OwnedBytes> encoded_with_version(const Message& message, std::int16_t version) {
  OwnedBytes bytes;
  MessageWriter out(bytes);
  out.int16(version);
  WEIR_TRY(encode(message, version, out));
  return bytes;
}

// Keeps nothing of `bytes`; not for messages with records.
template <class Message>
Result<Message> decoded_with_version(Bytes bytes) {
  Reader version(bytes);
  std::int16_t number = version.int16();
  if (!version.ok()) return fail(ErrorCode::truncated, "no version in front of a message");
  return decoded<Message>(SharedBytes(nullptr, version.rest()), number);
}

}  // namespace weir::log::wire
