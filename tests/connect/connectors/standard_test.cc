// Standard input and output, as pipes: what comes through becomes records, nothing is lost by a failure that passes,
// and lines go out before offsets do.
#include <array>

#include <gmock/gmock.h>
#include <unistd.h>

#include "connect/connectors/standard/stdin_source.h"
#include "connect/connectors/standard/stdout_sink.h"
#include "connect/run.h"
#include "connect/runtime/run_connectors.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::standard_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Standard : public LogFixture {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(pipe_.data()), 0);
    client_.emplace(open_log(files_).value());
  }
  void TearDown() override {
    client_.reset();
    ::close(pipe_[0]);
    close_writer();
  }
  void say(const std::string& text) {
    ASSERT_EQ(::write(pipe_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void close_writer() {
    if (pipe_[1] >= 0) ::close(pipe_[1]);
    pipe_[1] = -1;
  }
  std::string heard() {
    close_writer();
    std::string all(65'536, '\0');
    all.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(pipe_[0], all.data(), all.size()))));
    return all;
  }
  Result<SourceReport> run(StdinSourceOptions options, const std::string& text, ErrorPolicy errors = {}) {
    options.descriptor = pipe_[0];
    say(text);
    close_writer();
    return run_source_until_end(*client_, stdin_source(options), {.name = "in", .topic = "t", .errors = errors});
  }

  std::array<int, 2> pipe_{-1, -1};
  std::optional<log::Client> client_;
};

TEST_F(Standard, lines_become_records_and_the_last_needs_no_newline) {
  auto report = run({}, "one\ntwo\r\n\nthree");
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_THAT(values(*client_, "t"), ElementsAre("one", "two", "", "three"));
}

TEST_F(Standard, csv_and_jsonl_are_read_as_of_files) {
  auto report = run({.format = FileFormat::csv, .csv_separator = ';', .key_field = "id"}, "id;a\n1;\"x\ny\"\n2;z\n");
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_THAT(values(*client_, "t"), ElementsAre(R"({"id":"1","a":"x\ny"})", R"({"id":"2","a":"z"})"));
}

TEST_F(Standard, malformed_pieces_end_the_task_or_are_left_out) {
  auto report = run({.format = FileFormat::jsonl}, "{}\nno\n[1]\n");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().to_string(), HasSubstr("standard input, record 2"));
  TearDown();
  SetUp();
  report = run({.format = FileFormat::jsonl, .longest_record = 10, .skip_malformed = true},
               "{}\nno\n[1]\n\"longer than ten\"\n", {.tolerance = Tolerance::all});
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(report->skipped, 2u);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("{}", "[1]"));
}

TEST_F(Standard, what_was_not_committed_comes_again_and_only_that) {
  auto source = stdin_source({.descriptor = pipe_[0]});
  SourceBatch batch;
  const auto polled = [&] {
    std::vector<std::string> lines;
    EXPECT_TRUE(source->poll(10, Millis(1'000), 0, batch));
    for (auto& record : batch.records) lines.emplace_back(*record.value.bytes_as(Encoding::string));
    return lines;
  };
  ASSERT_TRUE(source->start({}, Input::may_grow));
  say("a\nb\n");
  EXPECT_THAT(polled(), ElementsAre("a", "b"));
  ASSERT_TRUE(source->committed());
  say("c\nd\n");
  EXPECT_THAT(polled(), ElementsAre("c", "d"));
  ASSERT_TRUE(source->start({}, Input::may_grow));  // after a failure
  say("e\n");
  EXPECT_THAT(polled(), ElementsAre("c", "d", "e"));
  EXPECT_FALSE(batch.at_end);
  close_writer();
  EXPECT_THAT(polled(), IsEmpty());
  EXPECT_TRUE(batch.at_end);
}

TEST_F(Standard, records_go_out_as_lines_of_json_before_their_offsets_are_committed) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  produce(*client_, "t", {"one", "t\"wo"});
  SinkOptions options{.name = "out", .topics = {"t"}};
  auto report = run_sink_until_end(*client_, stdout_sink({.descriptor = pipe_[1]}), options);
  ASSERT_TRUE(report) << report.error().to_string();
  report = run_sink_until_end(*client_, stdout_sink({.descriptor = pipe_[1], .with_key = false}), options);
  ASSERT_TRUE(report) << report.error().to_string();
  produce(*client_, "t", {"three"});
  report = run_sink_until_end(*client_, stdout_sink({.descriptor = pipe_[1], .with_key = false}), options);
  ASSERT_TRUE(report) << report.error().to_string();
  EXPECT_EQ(heard(), "{\"key\":null,\"value\":\"one\"}\n{\"key\":null,\"value\":\"t\\\"wo\"}\n\"three\"\n");
}

TEST_F(Standard, settings_that_make_no_sense_are_told) {
  const auto problem = [&](std::map<std::string, std::string> settings) {
    settings.insert({{"name", "s"}, {"connector.class", "stdin"}, {"topic", "t"}});
    std::vector<Error> problems;
    EXPECT_FALSE(check_settings(ConnectorConfig::of(settings), {}, problems));
    return problems.empty() ? "" : problems.front().detail;
  };
  EXPECT_THAT(problem({{"csv.separator", "ab"}}), HasSubstr("one character"));
  EXPECT_THAT(problem({{"key.field", "id"}}), HasSubstr("lines have no fields"));
  EXPECT_THAT(problem({{"record.max.bytes", "0"}}), HasSubstr("must be a number"));
}

}  // namespace
}  // namespace weir::connect::standard_test
