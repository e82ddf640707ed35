#include "connect/connectors/generate/generated_record.h"

#include <fmt/format.h>

namespace weir::connect {

namespace {

// SplitMix64 (Steele, Lea, Flood 2014): each number of a seed has a stream of its own.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t number) : state_(mixed(seed) ^ mixed(number + 0x51ed2701)) {}

  std::uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15); }
  std::uint64_t below(std::uint64_t end) { return next() % end; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  // Small numbers far more often than large ones, as with customers.
  std::uint64_t skewed(std::uint64_t end) {
    const double u = unit();
    return static_cast<std::uint64_t>(u * u * static_cast<double>(end));
  }
  template <std::size_t Size>
  const char* of(const char* const (&all)[Size]) {
    return all[below(Size)];
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

ConnectRecord record_of(std::string key, std::string json) {
  ConnectRecord record;
  record.key = Payload::text(std::move(key));
  record.value = Payload::json(std::move(json));
  return record;
}

ConnectRecord payment(Dice dice, std::uint64_t number) {
  static constexpr const char* kCurrencies[] = {"EUR", "EUR", "EUR", "USD", "GBP", "CHF"};
  static constexpr const char* kCountries[] = {"DE", "FR", "NL", "ES", "IT", "US", "GB", "CH"};
  std::string card = fmt::format("card-{:04}", dice.skewed(2'000));
  const auto merchant = dice.skewed(300);
  const auto cents = 100 + dice.skewed(200) * dice.skewed(200);
  const char* currency = dice.of(kCurrencies);
  const char* country = dice.of(kCountries);
  const bool approved = dice.below(50) != 0;
  std::string json = fmt::format(
      R"({{"id":{},"card":"{}","merchant":"m-{}","amount":{}.{:02},"currency":"{}","country":"{}","approved":{}}})",
      number, card, merchant, cents / 100, cents % 100, currency, country, approved);
  return record_of(std::move(card), std::move(json));
}

ConnectRecord click(Dice dice, std::uint64_t number) {
  static constexpr const char* kPages[] = {"/", "/", "/search", "/product", "/product", "/cart", "/checkout", "/help"};
  static constexpr const char* kReferrers[] = {"direct", "search", "search", "mail", "social"};
  std::string user = fmt::format("user-{:04}", dice.skewed(5'000));
  const char* page = dice.of(kPages);
  const char* referrer = dice.of(kReferrers);
  std::string json = fmt::format(R"({{"id":{},"user":"{}","page":"{}","referrer":"{}","session":"s-{:04x}"}})", number,
                                 user, page, referrer, dice.below(0x10000));
  return record_of(std::move(user), std::move(json));
}

ConnectRecord reading(Dice dice, std::uint64_t number) {
  std::string sensor = fmt::format("sensor-{:03}", dice.below(200));
  const double celsius = 15 + 10 * dice.unit() + (dice.below(500) == 0 ? 40 : 0);
  const double humidity = 0.3 + 0.4 * dice.unit();
  std::string json = fmt::format(R"({{"id":{},"sensor":"{}","celsius":{:.2f},"humidity":{:.2f},"battery":{:.2f}}})",
                                 number, sensor, celsius, humidity, dice.unit());
  return record_of(std::move(sensor), std::move(json));
}

}  // namespace

ConnectRecord generated_record(Generated kind, std::uint64_t seed, std::uint64_t number) {
  const Dice dice(seed, number);
  switch (kind) {
    case Generated::payments:
      return payment(dice, number);
    case Generated::clicks:
      return click(dice, number);
    case Generated::sensors:
      return reading(dice, number);
  }
  return {};
}

}  // namespace weir::connect
