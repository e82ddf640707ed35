#include "examples/ledger/ledger.h"

#include <charconv>

namespace ledger {

namespace {

std::string account(std::uint64_t number) {
  return "account-" + std::to_string(number);
}

// What stands before the next '|', which `text` loses.
weir::Bytes next_field(weir::Bytes& text) {
  const std::size_t end = std::min(text.find('|'), text.size());
  const weir::Bytes field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

}  // namespace

std::string Transfer::to_text() const {
  return std::to_string(id) + "|" + payer + "|" + payee + "|" + std::to_string(amount);
}

weir::Result<Transfer> Transfer::parse(weir::Bytes text) {
  Transfer transfer;
  WEIR_TRY_VAR(id, parse_number(next_field(text)));
  transfer.id = id;
  transfer.payer = next_field(text);
  transfer.payee = next_field(text);
  WEIR_TRY_VAR(amount, parse_number(text));
  transfer.amount = amount;
  return transfer;
}

Transfer make_transfer(std::int64_t id, std::int64_t accounts) {
  const auto scattered = static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15u;
  const auto count = static_cast<std::uint64_t>(accounts);
  const std::uint64_t payer = (scattered >> 32) % count;
  const std::uint64_t payee = (payer + 1 + (scattered >> 8) % (count - 1)) % count;
  return {id, account(payer), account(payee), static_cast<std::int64_t>(scattered % 500) + 1};
}

weir::Result<std::int64_t> parse_number(weir::Bytes text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return weir::fail(weir::ErrorCode::invalid_record, "'" + std::string(text) + "' is no number");
  }
  return number;
}

weir::Result<> make_topics(const weir::log::Client& log, std::int32_t partitions) {
  auto admin = log.admin();
  WEIR_TRY(ensure_topic(*admin, {kTransfers, partitions, {}}));
  WEIR_TRY(ensure_topic(*admin, {kEntries, partitions, {}}));
  WEIR_TRY(ensure_topic(*admin, {kBalances, 1, {{"cleanup.policy", "compact"}}}));
  return {};
}

}  // namespace ledger
