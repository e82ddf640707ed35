// weir log verify: whether every batch of a log is right, and the repair of what is not.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/json_writer.h"
#include "log/storage/verify.h"

namespace weir::cli {

namespace {

using namespace log::storage;  // NOLINT: this file is about storage

struct VerifyOptions {
  std::string data;
  bool repair = false;
  Output output = Output::text;
};

std::string as_text(const VerifiedPartition& verified) {
  std::string text = verified.directory + ": end offset " + std::to_string(verified.end.value()) + ", " +
                     std::to_string(verified.bytes) + " bytes right";
  if (verified.finding) text += "; " + verified.finding->to_string();
  return text + "\n";
}

std::string as_json(const VerifiedPartition& verified) {
  std::string text = "{\"directory\":";
  append_json_string(verified.directory, text);
  text += ",\"end\":" + std::to_string(verified.end.value()) + ",\"bytes\":" + std::to_string(verified.bytes) +
          ",\"finding\":";
  if (!verified.finding) return text + "null}";
  text += "{\"file\":";
  append_json_string(verified.finding->file, text);
  return text + ",\"position\":" + std::to_string(verified.finding->position) +
         ",\"offset\":" + std::to_string(verified.finding->offset.value()) +
         ",\"bytes\":" + std::to_string(verified.finding->bytes) +
         ",\"damage\":" + (verified.finding->is_damage ? "true" : "false") + "}}";
}

// What matters of a long list: how many are right, and which are not.
std::string summary(const std::vector<VerifiedPartition>& partitions) {
  std::size_t wrong = 0;
  std::string names;
  for (const auto& verified : partitions) {
    if (!verified.finding) continue;
    ++wrong;
    names += "\n  " + verified.directory;
  }
  const std::string all = std::to_string(partitions.size()) + (partitions.size() == 1 ? " partition" : " partitions");
  return wrong == 0 ? all + ", nothing is wrong\n"
                    : all + ", something is wrong in " + std::to_string(wrong) + ":" + names + "\n";
}

Result<int> verify_log(const VerifyOptions& options) {
  const Repair repair = options.repair ? Repair::yes : Repair::no;
  WEIR_TRY_VAR(report, verify(posix_files(), options.data, repair));
  std::string text;
  for (const auto& verified : report.partitions) {
    if (options.output == Output::text) {
      text += as_text(verified);
    } else {
      text += (text.empty() ? "" : ",") + as_json(verified);
    }
  }
  if (options.output == Output::text) text += summary(report.partitions);
  const char* sound = report.is_sound() ? "true" : "false";
  if (options.output == Output::json) {
    text = "{\"sound\":" + std::string(sound) + ",\"partitions\":[" + text + "]}\n";
  }
  WEIR_TRY(print(text));
  return report.is_sound() || options.repair ? kDone : kFailed;
}

}  // namespace

void add_log_verify(CLI::App& log, Action& chosen) {
  auto options = std::make_shared<VerifyOptions>();
  auto* verb = log.add_subcommand("verify", "read every batch and check it; status 1 if one is wrong");
  add_data(*verb, options->data);
  verb->add_flag("--repair", options->repair,
                 "cut each partition at the first batch that is wrong; what is behind it is lost");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, verify_log);
}

}  // namespace weir::cli
