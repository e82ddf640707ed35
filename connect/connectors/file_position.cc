#include "connect/connectors/file_position.h"

#include <boost/json.hpp>

namespace weir::connect {

std::string FilePosition::to_json() const {
  return boost::json::serialize(boost::json::object{{"offset", offset},
                                                    {"line", line},
                                                    {"is_line_open", is_line_open},
                                                    {"inode", file.inode},
                                                    {"size", file.size},
                                                    {"first_bytes", file.first_bytes},
                                                    {"fingerprint", file.fingerprint},
                                                    {"header", header}});
}

Result<FilePosition> FilePosition::parse(std::string_view json) {
  try {  // one handler for whatever is missing or of another type
    const auto fields = boost::json::parse(boost::json::string_view(json.data(), json.size())).as_object();
    FilePosition position;
    position.offset = fields.at("offset").to_number<std::uint64_t>();
    position.line = fields.at("line").to_number<std::uint64_t>();
    position.is_line_open = fields.at("is_line_open").as_bool();
    position.file.inode = fields.at("inode").to_number<std::uint64_t>();
    position.file.size = fields.at("size").to_number<std::uint64_t>();
    position.file.first_bytes = fields.at("first_bytes").to_number<std::uint64_t>();
    position.file.fingerprint = fields.at("fingerprint").to_number<std::uint32_t>();
    position.header = std::string(fields.at("header").as_string());
    return position;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt_data, "unreadable file position '" + std::string(json) + "': " + error.what());
  }
}

}  // namespace weir::connect
