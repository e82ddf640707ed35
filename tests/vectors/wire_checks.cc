#include "log/wire/frame.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/message_json.h"

namespace weir::vectors {

namespace {

using namespace weir::log;
using namespace weir::log::wire;

std::int16_t version_of(const Object& line, const char* name = "version") {
  return static_cast<std::int16_t>(number_of(line, name));
}

Failure differs(const char* what, const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return std::nullopt;
  return std::string(what) + " gave " + ours + ", not " + theirs;
}

Failure differs(const char* what, const boost::json::value& ours, const boost::json::value& theirs) {
  if (ours == theirs) return std::nullopt;
  return differs(what, boost::json::serialize(ours), boost::json::serialize(theirs));
}

// What the tagged fields that no schema knows take in the bytes.
std::size_t size_of_tags(const Object& line, const char* name) {
  std::size_t total = 0;
  if (!line.contains(name)) return total;
  for (const auto& entry : line.at(name).as_array()) {
    std::size_t size = bytes_of(entry.as_object(), "hex").size();
    auto tag = static_cast<std::uint64_t>(number_of(entry.as_object(), "tag"));
    total += static_cast<std::size_t>(varint_size(tag) + varint_size(size)) + size;
  }
  return total;
}

template <class Message>
Message told(const boost::json::value& json, std::int16_t version) {
  Message message;
  from_json(json, version, message);
  return message;
}

// Decodes and encodes `bytes`; unknown tags are dropped, and then the rest must be what it was.
template <class Message>
Failure check_message(const boost::json::value& json, const OwnedBytes& bytes, std::int16_t version,
                      std::size_t tag_bytes) {
  auto message = decoded<Message>(SharedBytes::copy_of(bytes), version);
  if (!message) return "decoding: " + message.error().to_string();
  if (auto wrong = differs("decoding", to_json(*message, version), json)) return wrong;
  auto ours = encoded(told<Message>(json, version), version);
  if (!ours) return "encoding: " + ours.error().to_string();
  auto again = encoded(*message, version);
  if (!again) return "encoding again: " + again.error().to_string();
  if (auto wrong = differs("encoding again", to_hex(*again), to_hex(*ours))) return wrong;
  if (tag_bytes == 0) return differs("encoding", to_hex(*ours), to_hex(bytes));
  if (ours->size() + tag_bytes != bytes.size()) return "dropping unknown tags dropped something else too";
  return std::nullopt;
}

struct Frame {
  boost::json::value header;
  SharedBytes body;
  std::int16_t header_version = 0;
};

template <class Request>
Result<Frame> parse_request(const SharedBytes& rest, const Object&) {
  WEIR_TRY_VAR(parsed, parse_request_frame(rest));
  auto header_version = request_header_version(parsed.header.request_api_version, Request::kFirstFlexibleVersion);
  return Frame{to_json(parsed.header, header_version), parsed.body, header_version};
}

template <class Request>
Result<Frame> parse_response(const SharedBytes& rest, const Object& line) {
  auto header_version = response_header_version(Request::kApiKey, version_of(line), Request::kFirstFlexibleVersion);
  WEIR_TRY_VAR(parsed, parse_response_frame(rest, header_version));
  return Frame{to_json(parsed.header, header_version), parsed.body, header_version};
}

template <class Message>
Failure check_frame(const Object& line, Result<Frame> (*parse)(const SharedBytes&, const Object&),
                    Result<OwnedBytes> (*make)(const Message&, const Object&)) {
  OwnedBytes bytes = bytes_of(line, "hex");
  auto size = frame_size(bytes, bytes.size());
  if (!size || !*size || **size != bytes.size()) return "the frame's size is read otherwise";
  SharedBytes rest = SharedBytes::copy_of(bytes).slice(kFrameSizeBytes);
  auto frame = parse(rest, line);
  if (!frame) return "parsing: " + frame.error().to_string();
  if (frame->header_version != version_of(line, "header_version")) return "the header's version is another";
  if (auto wrong = differs("the header", frame->header, line.at("header"))) return wrong;
  if (static_cast<std::int64_t>(rest.size() - frame->body.size()) != number_of(line, "header_size")) {
    return "the header's size is another";
  }
  std::size_t body_tags = size_of_tags(line, "unknown_tags");
  if (auto wrong =
          check_message<Message>(line.at("message"), OwnedBytes(frame->body.view()), version_of(line), body_tags)) {
    return wrong;
  }
  auto ours = make(told<Message>(line.at("message"), version_of(line)), line);
  if (!ours) return "framing: " + ours.error().to_string();
  std::size_t tag_bytes = body_tags + size_of_tags(line, "header_unknown_tags");
  if (tag_bytes == 0) return differs("framing", to_hex(*ours), to_hex(bytes));
  if (ours->size() + tag_bytes != bytes.size()) return "dropping unknown tags dropped something else too";
  return std::nullopt;
}

template <class Request>
Result<OwnedBytes> make_request(const Request& request, const Object& line) {
  const Object& header = line.at("header").as_object();
  std::optional<std::string> client_id;
  if (!is_null(header, "clientId")) client_id = text_of(header, "clientId");
  return request_frame(request, version_of(line), static_cast<std::int32_t>(number_of(header, "correlationId")),
                       client_id);
}

template <class Response>
Result<OwnedBytes> make_response(const Response& response, const Object& line) {
  auto correlation_id = number_of(line.at("header").as_object(), "correlationId");
  return response_frame(response, version_of(line), static_cast<std::int32_t>(correlation_id));
}

template <class Request>
Failure check_api(const Object& line) {
  using Response = typename Request::Response;
  bool is_request = text_of(line, "kind") == "request";
  if (line.contains("frame")) {
    if (is_request) return check_frame<Request>(line, parse_request<Request>, make_request<Request>);
    return check_frame<Response>(line, parse_response<Request>, make_response<Response>);
  }
  OwnedBytes bytes = bytes_of(line, "hex");
  std::size_t tag_bytes = size_of_tags(line, "unknown_tags");
  const auto& message = line.at("message");
  if (is_request) return check_message<Request>(message, bytes, version_of(line), tag_bytes);
  return check_message<Response>(message, bytes, version_of(line), tag_bytes);
}

}  // namespace

Failure check_wire(const Object& line) {
  Failure outcome;
  bool known = with_request_type(static_cast<ApiKey>(number_of(line, "api_key")),
                                 [&]<class Request>() { outcome = check_api<Request>(line); });
  return known ? outcome : "no such API here: " + text_of(line, "api");
}

Failure check_versioned_message(const Object& line, const std::string& name) {
  Failure outcome;
  bool known = with_data_type(name, [&]<class Message>() {
    OwnedBytes bytes = bytes_of(line, "hex");
    std::int16_t version = version_of(line);
    auto message = decoded_with_version<Message>(bytes);
    if (!message) {
      outcome = "decoding: " + message.error().to_string();
      return;
    }
    outcome = differs("decoding", to_json(*message, version), line.at("message"));
    if (outcome) return;
    auto ours = encoded_with_version(told<Message>(line.at("message"), version), version);
    outcome = ours ? differs("encoding", to_hex(*ours), to_hex(bytes)) : "encoding: " + ours.error().to_string();
  });
  return known ? outcome : "no such message here: " + name;
}

Failure check_coordinator_record(const Object& line) {
  return check_versioned_message(line, text_of(line, "kind"));
}

}  // namespace weir::vectors
