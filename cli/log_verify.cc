// weir log verify: whether every batch of a log is right, and the repair of what is not.
#include "cli/command.h"
#include "cli/options.h"
#include "cli/standard_output.h"
#include "log/base/file.h"
#include "log/base/json_writer.h"
#include "log/broker/verify_log.h"
#include "log/storage/format.h"

namespace weir::cli {

namespace {

using namespace log::storage;  // NOLINT: this file is about storage

struct CheckOptions {
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
  std::string says;
  append_json_string(verified.finding->to_string(), says);
  text += "{\"file\":";
  append_json_string(verified.finding->file, text);
  return text + ",\"position\":" + std::to_string(verified.finding->position) +
         ",\"offset\":" + std::to_string(verified.finding->offset.value()) +
         ",\"bytes\":" + std::to_string(verified.finding->bytes) +
         ",\"lost_to\":" + std::to_string(verified.finding->lost_to.value()) +
         ",\"damage\":" + (verified.finding->is_damage ? "true" : "false") + ",\"says\":" + says + "}}";
}

// What matters of a long list: how many are right, and which are not.
std::string summary(const VerifyReport& report) {
  std::size_t wrong = 0;
  std::string names;
  for (const auto& verified : report.partitions) {
    if (!verified.finding) continue;
    ++wrong;
    names += "\n  " + verified.directory;
  }
  const std::size_t count = report.partitions.size();
  std::string text = std::to_string(count) + (count == 1 ? " partition" : " partitions");
  text += wrong == 0 ? "" : ", something is wrong in " + std::to_string(wrong) + ":" + names;
  if (report.is_sound()) text += ", nothing is wrong";
  for (const auto& problem : report.problems) text += "\n" + problem;
  return text + "\n";
}

std::string as_text(const VerifyReport& report) {
  std::string text;
  for (const auto& verified : report.partitions) text += as_text(verified);
  return text + summary(report);
}

std::string as_json(const VerifyReport& report) {
  std::string partitions;
  for (const auto& verified : report.partitions) partitions += (partitions.empty() ? "" : ",") + as_json(verified);
  std::string problems;
  for (const auto& problem : report.problems) {
    if (!problems.empty()) problems += ",";
    append_json_string(problem, problems);
  }
  return "{\"sound\":" + std::string(report.is_sound() ? "true" : "false") + ",\"partitions\":[" + partitions +
         "],\"problems\":[" + problems + "]}\n";
}

Result<int> check(const CheckOptions& options) {
  const log::storage::VerifyOptions wanted{options.repair ? Repair::yes : Repair::no,
                                           boot_id() + "/" + mount_of(options.data)};
  WEIR_TRY_VAR(report, log::broker::verify_log(posix_files(), options.data, SystemClock::instance(), wanted));
  WEIR_TRY(print(options.output == Output::json ? as_json(report) : as_text(report)));
  return report.is_sound() || options.repair ? kDone : kFailed;
}

}  // namespace

void add_log_verify(CLI::App& log, Action& chosen) {
  auto options = std::make_shared<CheckOptions>();
  auto* verb = log.add_subcommand("verify",
                                  "read every batch, check it, and look for what is missing; status 1 if something is");
  add_data(*verb, options->data);
  verb->add_flag("--repair", options->repair,
                 "cut each partition at the first batch that is wrong and accept what is lost; what is behind is gone");
  add_output(*verb, options->output);
  choose(*verb, chosen, options, check);
}

}  // namespace weir::cli
