#include "connect/herder/distributed_herder.h"

#include <cstdlib>

#include "tests/connect/herder/cluster.h"

namespace weir::connect::distributed_herder_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Counts = std::map<std::string, int>;

// A source of so many files, "in0" to "inN-1", each a task.
ConfigMap of_files(int files) {
  std::string names;
  for (int i = 0; i < files; ++i) names += (i == 0 ? "in" : ",in") + std::to_string(i);
  return {{"connector.class", "file-source"},   {"files", names},           {"topic", "lines"},
          {"tasks.max", std::to_string(files)}, {"poll.interval.ms", "50"}, {"batch.records", "2"}};
}

// Lines that are all different, written over time to files.
class Lines {
 public:
  Lines(Cluster& cluster, int files) : cluster_(cluster), files_(files) {
    for (int i = 0; i < files; ++i) cluster.write("in" + std::to_string(i), "");
  }
  void add(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string line = "line " + std::to_string(100'000 + next_);
      cluster_.write("in" + std::to_string(next_++ % files_), line + "\n");
      all_.push_back(line);
    }
  }
  bool are_there() { return cluster_.values("lines") == all_; }
  const std::vector<std::string>& all() const { return all_; }

 private:
  Cluster& cluster_;
  const int files_;
  int next_ = 0;
  std::vector<std::string> all_;
};

TEST(DistributedHerder, workers_share_tasks_and_each_record_is_there_once_whoever_comes_and_goes) {
  for (std::uint64_t seed : {1u, 2u, 3u}) {
    Cluster cluster(seed);
    cluster.run([&] {
      Lines lines(cluster, 6);
      lines.add(30);
      for (const char* name : {"a", "b", "c"}) cluster.add(name);
      auto put = cluster.put("b", "in", of_files(6));
      ASSERT_TRUE(put) << put.error().to_string();
      EXPECT_TRUE(put->second);
      EXPECT_EQ(put->first.tasks.size(), 6u);
      EXPECT_EQ(put->first.type, "source");
      EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in") == Counts{{"a", 2}, {"b", 2}, {"c", 2}}; }));
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
      cluster.remove("b");  // leaves: what it had waits for it for a second
      lines.add(30);
      EXPECT_TRUE(cluster.await(
          [&] {
            return cluster.tasks_by_worker("in") == Counts{{"a", 3}, {"c", 3}};
          },
          Millis(10'000)));
      cluster.add("d");
      lines.add(30);
      EXPECT_TRUE(cluster.await(
          [&] {
            return cluster.tasks_by_worker("in") == Counts{{"a", 2}, {"c", 2}, {"d", 2}};
          },
          Millis(10'000)));
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); })) << seed;
      cluster.clock().sleep(Millis(1'000));
      EXPECT_EQ(cluster.values("lines"), lines.all()) << seed;
    });
  }
}

TEST(DistributedHerder, a_worker_that_is_not_heard_of_is_replaced_and_writes_nothing_when_it_comes_back) {
  for (std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    Cluster cluster(seed);
    cluster.run([&] {
      Lines lines(cluster, 6);
      for (const char* name : {"a", "b", "c"}) cluster.add(name);
      ASSERT_TRUE(cluster.put("a", "in", of_files(6)));
      EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in").size() == 3; }));
      lines.add(12);
      cluster.at("b").transport->stop_for(Millis(20'000));
      lines.add(12);
      const auto without_b = [&] {
        const auto counts = cluster.tasks_by_worker("in");
        return counts.size() == 2 && !counts.contains("b") && counts.begin()->second == 3;
      };
      EXPECT_TRUE(cluster.await(without_b, Millis(15'000))) << seed;
      lines.add(12);
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }, Millis(10'000))) << seed;
      EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in").size() == 3; }, Millis(40'000))) << seed;
      lines.add(12);
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); })) << seed;
    });
  }
}

TEST(DistributedHerder, paused_stopped_and_resumed_as_it_is_told) {
  Cluster cluster(7);
  cluster.run([&] {
    Lines lines(cluster, 2);
    cluster.add("a");
    cluster.add("b");
    ASSERT_TRUE(cluster.put("a", "in", of_files(2)));
    const auto is_at = [&](RunState connector, RunState tasks, int count) {
      const auto status = cluster.status("b", "in");
      return status.connector.state == connector && std::ssize(status.tasks) == count &&
             std::ranges::all_of(status.tasks, [&](const auto& task) { return task.second.state == tasks; });
    };
    const auto tell = [&](TargetState target) {
      auto told = cluster.ask("b", [&](Herder& herder) { return herder.set_target("in", target); });
      EXPECT_TRUE(told) << told.error().to_string();
    };
    lines.add(4);
    EXPECT_TRUE(cluster.await([&] { return lines.are_there() && is_at(RunState::running, RunState::running, 2); }));
    tell(TargetState::paused);
    EXPECT_TRUE(cluster.await([&] { return is_at(RunState::paused, RunState::paused, 2); }));
    const auto before = lines.all();
    lines.add(4);
    cluster.clock().sleep(Millis(3'000));
    EXPECT_EQ(cluster.values("lines"), before);
    tell(TargetState::stopped);
    EXPECT_TRUE(cluster.await([&] { return is_at(RunState::stopped, RunState::running, 0); }));
    cluster.clock().sleep(Millis(3'000));
    EXPECT_EQ(cluster.values("lines"), before);
    EXPECT_TRUE(cluster.at("a").herder->metrics().empty());
    tell(TargetState::started);
    EXPECT_TRUE(cluster.await([&] { return lines.are_there() && is_at(RunState::running, RunState::running, 2); }));
  });
}

TEST(DistributedHerder, another_number_of_tasks_begins_when_those_before_are_fenced) {
  Cluster cluster(3);
  cluster.run([&] {
    Lines lines(cluster, 6);
    cluster.add("a");
    cluster.add("b");
    for (int tasks : {6, 2, 4, 1, 3}) {
      auto config = of_files(6);
      config["tasks.max"] = std::to_string(tasks);
      auto put = cluster.put("a", "in", config);
      ASSERT_TRUE(put) << put.error().to_string();
      EXPECT_EQ(std::ssize(put->first.tasks), tasks);
      lines.add(12);
      const auto all_run = [&] {
        int count = 0;
        for (const auto& [worker, running] : cluster.tasks_by_worker("in")) count += running;
        return count == tasks;
      };
      EXPECT_TRUE(cluster.await(all_run)) << tasks;
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); })) << tasks;
    }
  });
}

TEST(DistributedHerder, what_is_asked_of_one_that_does_not_lead_names_the_leader_and_another_one_leads_when_it_goes) {
  Cluster cluster(5);
  cluster.run([&] {
    Lines lines(cluster, 2);
    lines.add(2);
    cluster.add("a");
    ASSERT_TRUE(cluster.await([&] { return cluster.at("a").herder->health().is_ready; }));
    cluster.add("b");
    ASSERT_TRUE(cluster.await([&] { return cluster.at("b").herder->health().is_ready; }));
    auto put = cluster.at("b").herder->put("in", of_files(2), Replaces::no, std::nullopt);
    EXPECT_EQ(put.error().code, ErrorCode::not_controller);
    EXPECT_EQ(put.error().detail, "http://a");
    ASSERT_TRUE(cluster.at("a").herder->put("in", of_files(2), Replaces::no, std::nullopt));
    EXPECT_EQ(cluster.at("a").herder->put("in", of_files(2), Replaces::no, std::nullopt).error().code,
              ErrorCode::already_exists);
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in") == Counts{{"a", 1}, {"b", 1}}; }));
    cluster.remove("a");
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in") == Counts{{"b", 2}}; }));
    lines.add(2);
    auto patched = cluster.at("b").herder->patch("in", {{"tasks.max", "1"}, {"batch.records", std::nullopt}});
    ASSERT_TRUE(patched) << patched.error().to_string();
    EXPECT_EQ(patched->config.count("batch.records"), 0u);
    EXPECT_TRUE(cluster.await([&] { return lines.are_there() && cluster.tasks_by_worker("in") == Counts{{"b", 1}}; }));
  });
}

TEST(DistributedHerder, a_task_that_fails_says_why_and_begins_again_by_its_policy_or_when_it_is_told_to) {
  Cluster cluster(9);
  cluster.run([&] {
    cluster.add("a");
    cluster.add("b");
    auto config = of_files(2);
    config["restart.policy"] = "never";
    ASSERT_TRUE(cluster.put("a", "in", config));  // there are no files
    const auto failed = [&] {
      return cluster.tasks_by_worker("in", RunState::failed) == Counts{{"a", 1}, {"b", 1}};
    };
    EXPECT_TRUE(cluster.await(failed));
    auto status = cluster.status("b", "in");
    EXPECT_EQ(status.connector.state, RunState::running);
    EXPECT_THAT(status.tasks[0].trace, HasSubstr("in0"));
    Lines lines(cluster, 2);
    lines.add(2);
    cluster.clock().sleep(Millis(5'000));
    EXPECT_TRUE(failed());
    auto task = cluster.ask("a", [](Herder& herder) { return herder.restart_task({"in", 0}); });
    ASSERT_TRUE(task) << task.error().to_string();
    EXPECT_TRUE(cluster.await([&] { return cluster.status("a", "in").tasks[0].state == RunState::running; }));
    EXPECT_EQ(cluster.status("a", "in").tasks[1].state, RunState::failed);
    auto restarted = cluster.ask("b", [](Herder& herder) { return herder.restart({"in", true, true}); });
    ASSERT_TRUE(restarted) << restarted.error().to_string();
    EXPECT_EQ(restarted->connector.state, RunState::running);
    EXPECT_EQ(restarted->tasks[0].state, RunState::running);
    EXPECT_EQ(restarted->tasks[1].state, RunState::restarting);
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
    EXPECT_EQ(cluster.ask("b",
                          [](Herder& herder) {
                            return herder.restart_task({"in", 2});
                          })
                  .error()
                  .code,
              ErrorCode::not_found);

    ASSERT_TRUE(cluster.files().remove("in1"));
    auto policy = of_files(2);
    policy["restart.backoff.ms"] = "200";
    policy["restart.backoff.max.ms"] = "400";
    ASSERT_TRUE(cluster.put("a", "other", policy));
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("other", RunState::restarting).size() == 1; }));
    cluster.write("in1", "");
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("other") == Counts{{"a", 1}, {"b", 1}}; }));
  });
}

TEST(DistributedHerder, a_connector_that_is_deleted_is_forgotten) {
  Cluster cluster(11);
  cluster.run([&] {
    Lines lines(cluster, 2);
    lines.add(2);
    cluster.add("a");
    cluster.add("b");
    ASSERT_TRUE(cluster.put("a", "in", of_files(2)));
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
    EXPECT_THAT(cluster.at("b").herder->topics("in").value(), ElementsAre("lines"));
    ASSERT_TRUE(cluster.ask("b", [](Herder& herder) { return herder.remove("in"); }));
    EXPECT_TRUE(cluster.await([&] { return cluster.at("b").herder->connectors().empty(); }));
    EXPECT_EQ(cluster.at("a").herder->status("in").error().code, ErrorCode::not_found);
    EXPECT_EQ(cluster.ask("a", [](Herder& herder) { return herder.remove("in"); }).error().code, ErrorCode::not_found);
    EXPECT_TRUE(cluster.await(
        [&] { return cluster.at("a").herder->metrics().empty() && cluster.at("b").herder->metrics().empty(); }));
    lines.add(2);
    cluster.clock().sleep(Millis(2'000));
    EXPECT_FALSE(lines.are_there());
    ASSERT_TRUE(cluster.put("a", "in", of_files(2)));  // and goes on where it was
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
  });
}

TEST(DistributedHerder, wrong_settings_are_refused_all_at_once_and_secrets_that_were_hidden_stay) {
  static constexpr Setting kSecretive[] = {
      {.name = "password", .presence = Presence::required, .meaning = "that opens it", .secret = Secret::yes},
  };
  Cluster cluster(13);
  ConnectorClass secretive{.names = {"secretive"}, .settings = kSecretive};
  secretive.make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
    if (settings.text("password") == "right") return fail(ErrorCode::not_found, "it is right, and nothing is there");
    return fail(ErrorCode::not_found, "wrong");
  };
  cluster.add_class(secretive);
  cluster.run([&] {
    cluster.add("a");
    auto put = cluster.put("a", "in", {{"connector.class", "file-source"}, {"fil", "x"}, {"tasks.max", "none"}});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::invalid_config);
    EXPECT_THAT(put.error().detail, HasSubstr("tasks.max = 'none'"));
    EXPECT_THAT(put.error().detail, HasSubstr("did you mean 'file'?"));
    const auto& world = cluster.at("a").herder->world();
    const ConfigMap open{{"connector.class", "secretive"}, {"password", "right"}, {"topic", "t"}};
    ConfigMap hidden = hide_secrets(open, world);
    EXPECT_EQ(hidden["password"], kHidden);
    EXPECT_EQ(hidden["topic"], "t");
    EXPECT_EQ(with_hidden_of(hidden, open, world), open);
    EXPECT_EQ(with_hidden_of({{"connector.class", "secretive"}, {"password", "new"}}, open, world).at("password"),
              "new");
  });
}

ConfigMap to_file() {
  return {{"connector.class", "file-sink"},
          {"topics", "lines"},
          {"file", "out"},
          {"envelope", "value"},
          {"offset.flush.interval.ms", "50"}};
}

TEST(DistributedHerder, offsets_of_sources_and_sinks_are_shown_and_changed_while_they_are_stopped) {
  Cluster cluster(17);
  cluster.run([&] {
    cluster.add("a");
    cluster.add("b");
    cluster.write("in0", "1\n2\n");
    ASSERT_TRUE(cluster.put("a", "in", of_files(1)));
    ASSERT_TRUE(cluster.put("a", "out", to_file()));
    const auto written = [&] {
      return read_file(cluster.files(), "out").value_or("");
    };
    EXPECT_TRUE(cluster.await([&] { return written() == "\"1\"\n\"2\"\n"; }));
    const auto offsets = [&](const std::string& connector) {
      return cluster.at("b").herder->offsets(connector).value();
    };
    EXPECT_TRUE(cluster.await([&] { return offsets("out").size() == 1; }));
    ASSERT_EQ(offsets("in").size(), 1u);
    EXPECT_EQ(offsets("in")[0].partition, "{\"file\":\"in0\"}");
    EXPECT_THAT(*offsets("in")[0].offset, HasSubstr("\"offset\":4"));
    EXPECT_EQ(offsets("out")[0].partition, "{\"kafka_topic\":\"lines\",\"kafka_partition\":0}");

    const auto alter = [&](const std::string& connector, const std::optional<std::vector<ConnectorOffset>>& to) {
      return cluster.ask("b", [&](Herder& herder) { return herder.alter_offsets(connector, to); });
    };
    EXPECT_EQ(alter("in", std::nullopt).error().code, ErrorCode::wrong_state);
    for (const char* connector : {"in", "out"}) {
      ASSERT_TRUE(cluster.ask("a", [&](Herder& herder) { return herder.set_target(connector, TargetState::stopped); }));
    }
    auto reset = alter("in", std::nullopt);
    ASSERT_TRUE(reset) << reset.error().to_string();
    EXPECT_THAT(offsets("in"), IsEmpty());
    EXPECT_EQ(
        alter("out", {{{"{\"kafka_topic\":\"other\",\"kafka_partition\":0}", "{\"kafka_offset\":1}"}}}).error().code,
        ErrorCode::invalid_argument);
    EXPECT_EQ(alter("out", {{{"{\"file\":\"in0\"}", "{\"kafka_offset\":1}"}}}).error().code,
              ErrorCode::invalid_argument);
    ASSERT_TRUE(alter("out", {{{"{\"kafka_topic\":\"lines\",\"kafka_partition\":0}", "{\"kafka_offset\":1}"}}}));
    EXPECT_EQ(*offsets("out")[0].offset, "{\"kafka_offset\":1}");
    for (const char* connector : {"in", "out"}) {
      ASSERT_TRUE(cluster.ask("a", [&](Herder& herder) { return herder.set_target(connector, TargetState::started); }));
    }
    // The source begins at its beginning, the sink behind the first record.
    EXPECT_TRUE(cluster.await([&] { return cluster.values("lines").size() == 4; }));
    EXPECT_TRUE(cluster.await([&] { return written() == "\"1\"\n\"2\"\n\"2\"\n\"1\"\n\"2\"\n"; })) << written();
  });
}

TEST(DistributedHerder, a_set_position_is_where_a_source_goes_on) {
  Cluster cluster(19);
  cluster.run([&] {
    cluster.add("a");
    cluster.write("in0", "1\n2\n3\n");
    ASSERT_TRUE(cluster.put("a", "in", of_files(1)));
    EXPECT_TRUE(cluster.await([&] { return cluster.values("lines").size() == 3; }));
    ASSERT_TRUE(cluster.ask("a", [&](Herder& herder) { return herder.set_target("in", TargetState::stopped); }));
    auto offset = cluster.at("a").herder->offsets("in").value().at(0);
    const auto place = offset.offset->find("\"offset\":6");
    ASSERT_NE(place, std::string::npos) << *offset.offset;
    offset.offset->replace(place, 10, "\"offset\": 4");
    auto set = cluster.ask("a", [&](Herder& herder) { return herder.alter_offsets("in", {{offset}}); });
    ASSERT_TRUE(set) << set.error().to_string();
    ASSERT_TRUE(cluster.ask("a", [&](Herder& herder) { return herder.set_target("in", TargetState::started); }));
    EXPECT_TRUE(cluster.await([&] { return cluster.values("lines").size() == 4; }));
    EXPECT_THAT(cluster.values("lines"), ElementsAre("1", "2", "3", "3"));
  });
}

TEST(DistributedHerder, a_sink_moves_with_its_file_and_writes_each_record_once) {
  for (std::uint64_t seed : {1u, 2u, 3u}) {
    Cluster cluster(seed);
    cluster.run([&] {
      Lines lines(cluster, 2);
      for (const char* name : {"a", "b", "c"}) cluster.add(name);
      auto source = of_files(2);
      source["topic.creation.default.partitions"] = "4";
      auto sink = to_file();
      sink["file"] = "out-{task}";
      sink["tasks.max"] = "3";
      ASSERT_TRUE(cluster.put("a", "in", source));
      ASSERT_TRUE(cluster.put("a", "out", sink));
      const auto written = [&] {
        std::string all;
        for (int task = 0; task < 3; ++task)
          all += read_file(cluster.files(), "out-" + std::to_string(task)).value_or("");
        return std::count(all.begin(), all.end(), '\n');
      };
      lines.add(20);
      EXPECT_TRUE(cluster.await([&] { return written() == std::ssize(lines.all()); })) << seed << " " << written();
      cluster.remove("a");
      lines.add(20);
      cluster.add("d");
      lines.add(20);
      EXPECT_TRUE(cluster.await([&] { return written() == std::ssize(lines.all()); })) << seed << " " << written();
      cluster.clock().sleep(Millis(5'000));
      EXPECT_EQ(written(), std::ssize(lines.all())) << seed;
    });
  }
}

TEST(DistributedHerder, eager_workers_give_everything_up_before_they_share_out) {
  Cluster cluster(23);
  cluster.run([&] {
    Lines lines(cluster, 4);
    for (const char* name : {"a", "b"}) {
      auto options = Cluster::options(name);
      options.protocol = GroupProtocol::eager;
      cluster.add(options);
    }
    ASSERT_TRUE(cluster.put("a", "in", of_files(4)));
    lines.add(8);
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in") == Counts{{"a", 2}, {"b", 2}}; }));
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
    cluster.remove("b");
    lines.add(8);
    EXPECT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in") == Counts{{"a", 4}}; }));
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
  });
}

TEST(DistributedHerder, topics_that_were_used_are_forgotten_when_that_is_allowed) {
  Cluster cluster(29);
  cluster.run([&] {
    Lines lines(cluster, 1);
    auto strict = Cluster::options("a");
    strict.resets_topics = false;
    cluster.add(strict);
    ASSERT_TRUE(cluster.put("a", "in", of_files(1)));
    EXPECT_TRUE(cluster.await([&] { return !cluster.at("a").herder->topics("in").value().empty(); }));
    EXPECT_EQ(cluster.at("a").herder->reset_topics("in").error().code, ErrorCode::permission_denied);
    cluster.add("b");
    ASSERT_TRUE(cluster.at("b").herder->reset_topics("in"));
    EXPECT_TRUE(cluster.await([&] { return cluster.at("b").herder->topics("in").value().empty(); }));
    auto silent = Cluster::options("c");
    silent.tracks_topics = false;
    cluster.add(silent);
    EXPECT_EQ(cluster.at("c").herder->topics("in").error().code, ErrorCode::permission_denied);
  });
}

TEST(DistributedHerder, a_topic_for_all_positions_is_used_where_the_worker_says_so) {
  Cluster cluster(31);
  cluster.run([&] {
    Lines lines(cluster, 2);
    auto options = Cluster::options("a");
    options.offset_topic = "all-offsets";
    options.config_topic = "all-configs";
    options.status_topic = "all-statuses";
    cluster.add(options);
    ASSERT_TRUE(cluster.put("a", "in", of_files(2)));
    lines.add(4);
    EXPECT_TRUE(cluster.await([&] { return lines.are_there(); }));
    std::set<std::string> names;
    const auto topics = cluster.log().admin()->list_topics().value();
    for (const auto& topic : topics) names.insert(topic.name);
    EXPECT_TRUE(names.contains("all-offsets") && names.contains("all-configs") && names.contains("all-statuses"));
    EXPECT_FALSE(names.contains("connect-offsets-in"));
    for (const char* topic : {"all-configs", "all-statuses"}) {
      const auto description = cluster.log().admin()->describe_topic(topic).value();
      EXPECT_EQ(description.configs.at("cleanup.policy"), "compact");
      EXPECT_EQ(description.partitions, 1);
    }
  });
}

// Workers come, leave, and stand still for longer than their sessions; connectors get other numbers of tasks, are
// paused and resumed. Whatever happens, in the end every line is in the topic once, in the files once, and all tasks
// run.
TEST(DistributedHerder, random_histories_end_with_each_record_once) {
  const std::uint64_t seeds = std::getenv("WEIR_SOAK") != nullptr ? 100 : 4;
  for (std::uint64_t seed = 100; seed < 100 + seeds; ++seed) {
    Cluster cluster(seed);
    cluster.run([&] {
      const auto below = [&](std::uint64_t count) {
        return static_cast<int>(cluster.clock().random(count));
      };
      Lines lines(cluster, 5);
      int next = 0;
      const auto add = [&] {
        cluster.add("w" + std::to_string(next++));
      };
      const auto any = [&] {
        auto node = cluster.nodes().begin();
        std::advance(node, below(cluster.nodes().size()));
        return node->first.substr(std::string("http://").size());
      };
      const auto settings = [&](int tasks) {
        auto config = of_files(5);
        config["tasks.max"] = std::to_string(tasks);
        return config;
      };
      add();
      add();
      auto put = cluster.put("w0", "in", settings(5));
      ASSERT_TRUE(put) << put.error().to_string();
      auto sink = to_file();
      sink["offset.flush.interval.ms"] = "200";
      ASSERT_TRUE(cluster.put("w0", "out", sink));
      for (int step = 0; step < 12; ++step) {
        lines.add(below(10));
        switch (below(6)) {
          case 0:
            if (cluster.nodes().size() < 5) add();
            break;
          case 1:
            if (cluster.nodes().size() > 1) cluster.remove(any());
            break;
          case 2:
            cluster.at(any()).transport->stop_for(Millis(below(15'000)));
            break;
          case 3:
            (void)cluster.put(any(), "in", settings(1 + below(5)));
            break;
          case 4:
            for (const auto target : {TargetState::paused, TargetState::started}) {
              (void)cluster.ask(any(), [&](Herder& herder) { return herder.set_target("in", target); });
              cluster.clock().sleep(Millis(below(500)));
            }
            break;
          default:
            break;
        }
        cluster.clock().sleep(Millis(below(4'000)));
      }
      (void)cluster.ask(any(), [&](Herder& herder) { return herder.set_target("in", TargetState::started); });
      lines.add(5);
      EXPECT_TRUE(cluster.await([&] { return lines.are_there(); })) << seed;
      const auto written = [&] {
        const std::string all = read_file(cluster.files(), "out").value_or("");
        return std::count(all.begin(), all.end(), '\n');
      };
      EXPECT_TRUE(cluster.await([&] { return written() == std::ssize(lines.all()); })) << seed << " " << written();
      cluster.clock().sleep(Millis(10'000));
      EXPECT_EQ(written(), std::ssize(lines.all())) << seed;
      EXPECT_EQ(cluster.values("lines"), lines.all()) << seed;
      const auto info = cluster.nodes().begin()->second.herder->info("in").value();
      int running = 0;
      for (const auto& [worker, count] : cluster.tasks_by_worker("in")) running += count;
      EXPECT_EQ(running, std::ssize(info.tasks)) << seed;
    });
  }
}

}  // namespace
}  // namespace weir::connect::distributed_herder_test
