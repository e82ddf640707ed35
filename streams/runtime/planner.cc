// make_plan: which topics there are for a topology's sources, and what follows: numbers of tasks, topics to be made.
#include <algorithm>
#include <optional>

#include "streams/runtime/plan.h"
#include "streams/topology/windows.h"

namespace weir::streams {

namespace {

// What was read is deleted (Purge), segment by segment: small ones give their room back soon.
// What has been read is deleted by whoever read it, and nothing for its age: brokers of Kafka would after a week.
const std::map<std::string, std::string> kRepartitionConfigs = {
    {"cleanup.policy", "delete"}, {"retention.ms", "-1"}, {"segment.bytes", "52428800"}};

class Planner {
 public:
  Planner(const Topology& topology, std::string application_id, const TopicLookup& topics)
      : topology_(topology), topics_(topics) {
    plan_.topology = &topology;
    plan_.application_id = std::move(application_id);
  }

  Result<Plan> run() {
    WEIR_TRY(find_topics());
    WEIR_TRY(size_repartition_topics());
    WEIR_TRY(size_stages());
    list_own_topics();
    WEIR_TRY(check_own_names());
    return std::move(plan_);
  }

 private:
  Result<> find_topics() {
    for (NodeIndex i = 0; i < topology_.nodes().size(); ++i) {
      const auto& source = topology_.node(i).source;
      if (!source) continue;
      plan_.topics_of_sources[i];
      if (source->pattern) WEIR_TRY(find_matching(i));
      for (const std::string& name : source->topics) {
        if (source->owner == TopicOwner::user) {
          WEIR_TRY_VAR(count, topics_.partitions_of(name));
          WEIR_TRY(plan_.add_topic(i, name, count));
        } else {
          const std::string topic = plan_.topic_for(name, source->owner);
          plan_.topics_of_sources[i].push_back(topic);
          if (source->partitions) plan_.partitions[topic] = *source->partitions;
        }
      }
    }
    for (const auto& [name, table] : topology_.global_tables()) {
      WEIR_TRY_VAR(count, topics_.partitions_of(table.topic));
      plan_.partitions[table.topic] = count;
    }
    return {};
  }

  Result<> find_matching(NodeIndex source) {
    if (!topics_.all) return {};
    if (!all_) {
      WEIR_TRY_VAR(all, topics_.all());
      all_ = std::move(all);
    }
    for (const std::string& topic : plan_.matching(source, *all_))
      WEIR_TRY(plan_.add_topic(source, topic, all_->at(topic)));
    return {};
  }

  // A repartition or retry topic has as many partitions as the other inputs of the stage below it, whose tasks it
  // shares; without others as many as the stage above has tasks.
  Result<> size_repartition_topics() {
    const auto writers = plan_.writers_of_sources();
    bool is_progress = true;
    bool is_open = true;
    while (is_progress && is_open) {
      is_progress = is_open = false;
      for (const Stage& stage : topology_.stages()) {
        for (NodeIndex source : stage.sources) {
          if (topology_.node(source).source->owner == TopicOwner::user) continue;  // known, or there are none
          const std::string& topic = plan_.topics_of(source).front();
          if (plan_.partitions.contains(topic)) continue;
          is_open = true;
          const bool is_repartition = topology_.node(source).source->owner == TopicOwner::application;
          WEIR_TRY_VAR(made, made_before(is_repartition, topic));
          std::int32_t count = made.value_or(known_inputs(stage));
          // A retry topic is written by its own stage, whose other inputs come first.
          if (auto above = writers.find(source); count == 0 && above != writers.end()) {
            count = known_above(above->second);
          }
          if (count == 0) continue;
          plan_.partitions[topic] = count;
          is_progress = true;
        }
      }
    }
    if (is_open && !is_progress) {
      if (has_pattern_without_topics()) {
        leave_out_what_is_open();
        return {};
      }
      return fail(ErrorCode::invalid_config,
                  "repartition topics form a cycle: give one of them its number of partitions");
    }
    return {};
  }

  // What an earlier run made keeps its number: records of one key stay where they are, and with them the state below,
  // however many partitions the topics above have by now.
  Result<std::optional<std::int32_t>> made_before(bool is_repartition, const std::string& topic) const {
    if (!is_repartition || !topics_.own) return std::optional<std::int32_t>();
    return topics_.own(topic);
  }

  std::int32_t known_inputs(const Stage& stage) const {
    std::int32_t most = least_tasks(stage);
    for (const std::string& topic : inputs_of(stage)) {
      auto found = plan_.partitions.find(topic);
      if (found != plan_.partitions.end()) most = std::max(most, found->second);
    }
    return most;
  }

  std::int32_t least_tasks(const Stage& stage) const {
    const bool reads_pattern = std::any_of(stage.sources.begin(), stage.sources.end(), [&](NodeIndex source) {
      return topology_.node(source).source->pattern.has_value();
    });
    return reads_pattern ? topics_.least_tasks_of_patterns : 0;
  }

  std::int32_t known_above(const std::vector<std::size_t>& stages) const {
    std::int32_t most = 0;
    for (std::size_t stage : stages) most = std::max(most, known_inputs(topology_.stages()[stage]));
    return most;
  }

  bool has_pattern_without_topics() const {
    return std::any_of(plan_.topics_of_sources.begin(), plan_.topics_of_sources.end(),
                       [](const auto& source) { return source.second.empty(); });
  }

  // As long as no topic matches what is above, there is nothing that would go through these.
  void leave_out_what_is_open() {
    for (const auto& [source, topics] : plan_.topics_of_sources) {
      for (const std::string& topic : topics) plan_.partitions.emplace(topic, 0);
    }
  }

  std::vector<std::string> inputs_of(const Stage& stage) const {
    std::vector<std::string> all;
    for (NodeIndex source : stage.sources) {
      const auto& topics = plan_.topics_of(source);
      all.insert(all.end(), topics.begin(), topics.end());
    }
    return all;
  }

  Result<> size_stages() {
    for (const Stage& stage : topology_.stages()) {
      std::int32_t tasks = 0;
      std::string first;
      for (const std::string& topic : inputs_of(stage)) {
        const std::int32_t count = plan_.partitions.at(topic);
        // Records of one key must meet in one task wherever they come from.
        if (tasks != 0 && count != tasks && !stage.stores.empty()) {
          return fail(ErrorCode::invalid_config,
                      "topic " + first + " has " + std::to_string(tasks) + " partitions and topic " + topic + " has " +
                          std::to_string(count) + " partitions, but what comes of them meets in one stage, at store " +
                          stage.stores.front() + ": their numbers must be equal (repartition one of them)");
        }
        if (tasks == 0) first = topic;
        tasks = std::max(tasks, count);
      }
      plan_.tasks_of_stage.push_back(std::max(tasks, least_tasks(stage)));
    }
    return {};
  }

  void list_own_topics() {
    for (NodeIndex i = 0; i < topology_.nodes().size(); ++i) {
      const auto& source = topology_.node(i).source;
      if (!source || source->owner == TopicOwner::user) continue;
      const std::string& topic = plan_.topics_of(i).front();
      if (plan_.partitions.at(topic) == 0) continue;
      const bool is_retry = source->owner == TopicOwner::retry;
      plan_.own_topics.push_back({topic, plan_.partitions.at(topic), kRepartitionConfigs, is_retry});
    }
    for (std::size_t i = 0; i < topology_.stages().size(); ++i) {
      if (plan_.tasks_of_stage[i] == 0) continue;
      for (const std::string& store : topology_.stages()[i].stores) {
        const StoreSpec& spec = topology_.stores().at(store);
        if (spec.source || !spec.has_changelog) continue;
        Plan::OwnTopic topic{changelog_topic(plan_.application_id, store), plan_.tasks_of_stage[i], {}, false};
        topic.configs["cleanup.policy"] = "compact";
        constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;  // clocks of records and brokers may differ
        if (spec.kind == StoreKind::window && spec.retention_ms < TimeWindowing::kForever - kDayMs) {
          topic.configs["cleanup.policy"] = "compact,delete";
          topic.configs["retention.ms"] = std::to_string(spec.retention_ms + kDayMs);
        }
        plan_.own_topics.push_back(std::move(topic));
      }
    }
  }

  // Before one of them is made: parts that are legal by themselves may be too long together.
  Result<> check_own_names() const {
    for (const Plan::OwnTopic& topic : plan_.own_topics) {
      if (is_legal_name(topic.name)) continue;
      return fail(ErrorCode::invalid_config, "topic " + topic.name + ", the application's own, would have a name of " +
                                                 std::to_string(topic.name.size()) +
                                                 " characters, and 249 is the most: choose a shorter "
                                                 "application_id, or a shorter name for the store or the operator");
    }
    return {};
  }

  const Topology& topology_;
  const TopicLookup& topics_;
  std::optional<std::map<std::string, std::int32_t>> all_;
  Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const Topology& topology, std::string application_id, const TopicLookup& topics) {
  if (!is_legal_name(application_id)) {
    return fail(ErrorCode::invalid_config, "application_id '" + application_id + "': 1 to 249 of [a-zA-Z0-9._-]");
  }
  return Planner(topology, std::move(application_id), topics).run();
}

}  // namespace weir::streams
