#include "connect/settings/interpolation.h"

#include <cstdlib>
#include <string_view>

namespace weir::connect {

namespace {

class Interpolation {
 public:
  Interpolation(FileSystem& files, const Environment& environment) : files_(files), environment_(environment) {}

  // The text with everything in its place; what is wrong with it, else.
  Result<std::string> of(std::string_view text) const {
    std::string out;
    while (!text.empty()) {
      const auto begin = text.find("${");
      out += text.substr(0, begin);
      if (begin == std::string_view::npos) break;
      text.remove_prefix(begin);
      const auto end = text.find('}');
      const std::string_view inside = text.substr(2, end == std::string_view::npos ? 0 : end - 2);
      if (!is_known(inside)) {
        out += "${";
        text.remove_prefix(2);
        continue;
      }
      WEIR_TRY_VAR(value, value_of(inside));
      out += value;
      text.remove_prefix(end + 1);
    }
    return out;
  }

 private:
  static bool is_known(std::string_view inside) {
    return inside.starts_with("env:") || inside.starts_with("file:") || inside.starts_with("dir:");
  }

  Result<std::string> value_of(std::string_view inside) const {
    const auto colon = inside.find(':');
    const std::string_view provider = inside.substr(0, colon);
    const std::string_view rest = inside.substr(colon + 1);
    if (provider == "env") return variable(std::string(rest));
    const auto last = rest.rfind(':');
    if (last == std::string_view::npos || last == 0 || last + 1 == rest.size()) {
      return fail(ErrorCode::invalid_config,
                  provider == "file" ? "must be ${file:PATH:KEY}" : "must be ${dir:PATH:FILE}");
    }
    const std::string path(rest.substr(0, last));
    const std::string name(rest.substr(last + 1));
    return provider == "file" ? setting_of(path, name) : content_of(path, name);
  }

  Result<std::string> variable(const std::string& name) const {
    if (auto value = environment_(name)) return *value;
    return fail(ErrorCode::invalid_config, "there is no environment variable " + name);
  }

  Result<std::string> setting_of(const std::string& path, const std::string& key) const {
    auto config = ConnectorConfig::load(files_, path);
    // What does not parse is not shown: it may be a secret.
    if (!config && config.error().code == ErrorCode::invalid_config) {
      return fail(ErrorCode::invalid_config, path + " is no file of settings");
    }
    if (!config) return fail(ErrorCode::invalid_config, config.error().to_string());
    auto found = config->values.find(key);
    if (found == config->values.end()) return fail(ErrorCode::invalid_config, path + " has no '" + key + "'");
    return found->second.text;
  }

  Result<std::string> content_of(const std::string& directory, const std::string& name) const {
    if (name.find('/') != std::string::npos || name == "..") {
      return fail(ErrorCode::invalid_config, "'" + name + "' must be the name of a file in " + directory);
    }
    auto text = read_file(files_, directory + "/" + name);
    if (!text) return fail(ErrorCode::invalid_config, text.error().to_string());
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    return *text;
  }

  FileSystem& files_;
  const Environment& environment_;
};

}  // namespace

std::optional<std::string> environment_of_process(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

ConnectorConfig interpolated(const ConnectorConfig& config, FileSystem& files, std::vector<Error>& problems,
                             const Environment& environment) {
  ConnectorConfig resolved = config;
  const Interpolation interpolation(files, environment);
  for (auto& [name, value] : resolved.values) {
    if (value.text.find("${") == std::string::npos) continue;
    auto text = interpolation.of(value.text);
    if (!text) {
      problems.push_back(config.wrong(name, text.error().detail));
    } else if (*text != value.text) {
      value.written = std::move(value.text);
      value.text = *std::move(text);
    }
  }
  return resolved;
}

}  // namespace weir::connect
