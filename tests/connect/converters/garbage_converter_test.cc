// Whatever stands in a topic, a converter gives a value or says why not; a value that it gave it writes again, and
// reads as the same.
#include <random>

#include <gtest/gtest.h>

#include "connect/converters/converter.h"
#include "connect/data/text_value.h"
#include "connect/transforms/date_format.h"

namespace weir::connect::garbage_converter {
namespace {

constexpr Setting kTable[] = {{.name = "value.converter", .own = settings_of_converter}};

std::unique_ptr<Converter> made(const std::string& name) {
  std::vector<Error> problems;
  Settings settings(ConnectorConfig::of({{"value.converter", name}}), std::vector<SettingTable>{kTable}, problems);
  return make_converter(settings, "value.converter").value();
}

std::string mutated(std::string text, std::mt19937& random) {
  for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t at = text.empty() ? 0 : random() % text.size();
    switch (random() % 4) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random());
        break;
      case 1:
        text.insert(at, 1, "{}[]\":,0-9eE.\\tnu"[random() % 17]);
        break;
      case 2:
        text.erase(at, random() % 5);
        break;
      default:
        text.insert(at, text.substr(random() % (text.size() + 1), random() % 20));
    }
  }
  return text;
}

void expect_same_again(Converter& converter, const std::string& bytes) {
  auto payload = converter.read("t", bytes);
  if (!payload) return;
  auto datum = payload->datum();
  if (!datum) return;
  OwnedBytes scratch;
  Payload read_payload{Datum(**datum)};
  auto written = converter.write("t", read_payload, scratch);
  if (!written || !*written) return;  // a default that stands for null, or no value
  const std::string kept(**written);
  auto again = converter.read("t", kept);
  ASSERT_TRUE(again) << kept << " of " << bytes << ": " << again.error().detail;
  auto same = again->datum();
  ASSERT_TRUE(same) << kept << " of " << bytes;
  EXPECT_TRUE(kept == **converter.write("t", Payload{Datum(**same)}, scratch)) << kept << " of " << bytes;
}

TEST(GarbageConverter, json_with_schemas) {
  std::mt19937 random(1);
  auto converter = made("json-schema");
  const std::string valid[] = {
      R"({"schema":{"type":"struct","fields":[{"type":"int8","optional":true,"field":"a"},{"type":"map","keys":{"type":)"
      R"("string"},"values":{"type":"double"},"field":"m"}],"optional":false},"payload":{"a":5,"m":{"x":1.5e3}}})",
      R"({"schema":{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},)"
      R"("default":"AJw="},"payload":12.50})",
      R"({"schema":{"type":"array","items":{"type":"int64","name":"org.apache.kafka.connect.data.Timestamp"}},)"
      R"("payload":[1,null,-5]})",
      R"({"schema":null,"payload":{"a":[1,2.5,"x",null,true,123456789012345678901234567890]}})"};
  for (int i = 0; i < 20'000; ++i) expect_same_again(*converter, mutated(valid[i % 4], random));
}

TEST(GarbageConverter, json_and_headers) {
  std::mt19937 random(2);
  auto json = made("json");
  auto simple = made("simple");
  const std::string valid[] = {R"({"a":[1,2.50,{"b":null}],"c":"\u00e9\n","d":-0,"e":1e400})",
                               R"([1, "2024-05-01", {1:true}])", "2024-05-01T10:15:30.250Z", "-12.5e-3"};
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = mutated(valid[i % 4], random);
    expect_same_again(*json, text);
    expect_same_again(*simple, text);
  }
}

TEST(GarbageConverter, formats_of_times) {
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) {
    auto format = DateFormat::parse(mutated("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", random));
    if (!format) continue;
    const auto ms = static_cast<std::int64_t>(random()) * 1'000 - 1'000'000'000'000;
    (void)format->read(mutated(format->format(ms), random));
  }
}

}  // namespace
}  // namespace weir::connect::garbage_converter
