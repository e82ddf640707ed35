#include "connect/connectors/files/file_position.h"

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

std::string FilePosition::to_json() const {
  std::string json = "{\"offset\":" + std::to_string(offset) + ",\"line\":" + std::to_string(line) +
                     ",\"is_line_open\":" + (is_line_open ? "true" : "false") +
                     ",\"inode\":" + std::to_string(file.inode) + ",\"size\":" + std::to_string(file.size) +
                     ",\"first_bytes\":" + std::to_string(file.first_bytes) +
                     ",\"fingerprint\":" + std::to_string(file.fingerprint) + ",\"header\":";
  append_json_string(header, json);
  return json + "}";
}

Result<FilePosition> FilePosition::parse(std::string_view json) {
  auto unreadable = [&](std::string_view what) {
    return fail(ErrorCode::corrupt_data, "unreadable file position '" + std::string(json) + "': " + std::string(what));
  };
  auto document = JsonDocument::parse(json);
  if (!document) return unreadable(document.error().detail);
  const JsonValue& fields = document->root();
  if (!fields.is_object()) return unreadable("it is no object");
  FilePosition position;
  std::string_view wrong;
  auto read = [&](std::string_view name, auto& into) {
    const JsonValue* found = fields.member(name);
    if (found == nullptr || !found->get(into)) wrong = name;
  };
  std::uint64_t fingerprint = 0;
  read("offset", position.offset);
  read("line", position.line);
  read("is_line_open", position.is_line_open);
  read("inode", position.file.inode);
  read("size", position.file.size);
  read("first_bytes", position.file.first_bytes);
  read("fingerprint", fingerprint);
  read("header", position.header);
  if (!wrong.empty()) return unreadable("'" + std::string(wrong) + "' is missing or of another type");
  if (fingerprint > UINT32_MAX) return unreadable("'fingerprint' is too large");
  position.file.fingerprint = static_cast<std::uint32_t>(fingerprint);
  return position;
}

}  // namespace weir::connect
