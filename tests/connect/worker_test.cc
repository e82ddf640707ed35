#include "connect/worker.h"

#include <thread>

#include <gmock/gmock.h>

#include "connect/connectors/file_sink.h"
#include "connect/connectors/file_source.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Worker : public LogFixture {
 protected:
  void SetUp() override { client_.emplace(open_log(files_).value()); }

  Connector source(const std::string& path, const std::string& topic) {
    return SourceConnector{file_source({.path = path}, files_),
                           {.name = path, .topic = topic, .poll_interval = Millis(1)}};
  }
  Connector sink(const std::string& path, const std::string& topic) {
    return SinkConnector{file_sink({.path = path, .envelope = Envelope::value}, files_),
                         {.name = path, .topics = {topic}, .commit_interval = Millis(1)}};
  }
  std::vector<ConnectorOutcome> run_to_end(std::vector<Connector> connectors) {
    return run_connectors(*client_, std::move(connectors), Input::is_complete, {});
  }
  template <class... Connectors>
  static std::vector<Connector> all(Connectors&&... connectors) {
    std::vector<Connector> list;
    (list.push_back(std::forward<Connectors>(connectors)), ...);
    return list;
  }

  std::optional<log::Client> client_;
};

TEST_F(Worker, sinks_write_all_that_the_sources_brought_in) {
  write_file(files_, "in1", "1\n2\n");
  write_file(files_, "in2", "3\n");
  auto outcomes =
      run_to_end(all(sink("out", "lines"), source("in1", "lines"), source("in2", "other"), sink("out2", "other")));
  ASSERT_EQ(outcomes.size(), 4u);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.result) << outcome.name << ": " << outcome.result.error().to_string();
  }
  EXPECT_EQ(outcomes[0].name, "out");
  EXPECT_EQ(outcomes[0].records, 2u);
  EXPECT_EQ(outcomes[1].records, 2u);
  EXPECT_EQ(*read_file(files_, "out"), "\"1\"\n\"2\"\n");
  EXPECT_EQ(*read_file(files_, "out2"), "\"3\"\n");
}

TEST_F(Worker, a_failing_connector_is_reported_and_the_others_go_on) {
  write_file(files_, "in", "1\n");
  write_file(files_, "taken", "precious");
  auto outcomes = run_to_end(all(source("missing", "lines"), source("in", "lines"), sink("out", "lines"),
                                 sink("taken", "lines"), sink("idle", "nowhere")));
  ASSERT_EQ(outcomes.size(), 5u);
  EXPECT_EQ(outcomes[0].result.error().code, ErrorCode::not_found);
  EXPECT_THAT(outcomes[0].result.error().detail, HasSubstr("missing"));
  EXPECT_TRUE(outcomes[1].result);
  EXPECT_TRUE(outcomes[2].result);
  EXPECT_EQ(outcomes[3].result.error().code, ErrorCode::already_exists);
  EXPECT_EQ(outcomes[4].result.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(*read_file(files_, "out"), "\"1\"\n");
  EXPECT_EQ(*read_file(files_, "taken"), "precious");
}

TEST_F(Worker, sinks_alone_write_what_is_there) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  produce(*client_, "t", {"a", "b"});
  auto outcomes = run_to_end(all(sink("out", "t")));
  ASSERT_TRUE(outcomes[0].result) << outcomes[0].result.error().to_string();
  EXPECT_EQ(*read_file(files_, "out"), "\"a\"\n\"b\"\n");
}

TEST_F(Worker, it_follows_a_growing_file_until_it_is_told_to_stop) {
  write_file(files_, "in", "1\n");
  std::stop_source stop;
  std::vector<ConnectorOutcome> outcomes;
  std::thread worker([&] {
    outcomes =
        run_connectors(*client_, all(sink("out", "lines"), source("in", "lines")), Input::may_grow, stop.get_token());
  });
  auto await = [&](const std::string& text) {
    for (;;) {
      auto now = read_file(files_, "out");
      if (now && *now == text) return;
      std::this_thread::yield();
    }
  };
  await("\"1\"\n");
  ASSERT_TRUE(files_.open("in", OpenMode::read_write).value()->write_at(2, "2\nunfinished"));
  await("\"1\"\n\"2\"\n");
  stop.request_stop();
  worker.join();
  ASSERT_EQ(outcomes.size(), 2u);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.result);
    EXPECT_EQ(outcome.records, 2u);
  }
}

}  // namespace
}  // namespace weir::connect
