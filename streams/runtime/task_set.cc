#include "streams/runtime/task_set.h"

#include <algorithm>

namespace weir::streams {

// --- coming and going ---

TaskSet::Member& TaskSet::add(std::unique_ptr<Task> task) {
  all_.push_back(std::make_unique<Member>());
  Member& member = *all_.back();
  member.task = std::move(task);
  for (RecordQueue& queue : member.task->queues()) {
    inputs_.emplace_back(&member, member.inputs.size());
    member.inputs.push_back({&queue, inputs_.size() - 1});
  }
  return member;
}

Result<> TaskSet::assign() {
  std::vector<log::TopicPartition> partitions;
  for (const auto& [member, input] : inputs_) partitions.push_back(member->inputs[input].queue->partition());
  WEIR_TRY(consumer_.assign(std::move(partitions)));
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (inputs_[i].first->task->state() != TaskState::running) consumer_.pause(i);
  }
  return {};
}

void TaskSet::run(Member& member) {
  member.task->set_state(TaskState::running);
  running_.push_back(&member);
  for (const Input& input : member.inputs) consumer_.resume(input.assignment_index);
  running_inputs_ += member.inputs.size();
  look_at(member);
}

void TaskSet::remove(const std::vector<TaskId>& tasks) {
  auto goes = [&](const Member* member) {
    return std::ranges::find(tasks, member->task->id()) != tasks.end();
  };
  for (const auto& member : all_) {
    if (!goes(member.get())) continue;
    if (member->task->state() == TaskState::running) running_inputs_ -= member->inputs.size();
    usage_ = usage_ - member->usage;
    std::erase_if(paused_, [&](const Input* input) {
      return input >= member->inputs.data() && input < member->inputs.data() + member->inputs.size();
    });
    member->task->set_state(TaskState::closing);
  }
  for (auto* list : {&running_, &with_input_, &with_deadline_, &with_progress_}) std::erase_if(*list, goes);
  std::erase_if(inputs_, [&](const auto& entry) { return goes(entry.first); });
  for (std::size_t i = 0; i < inputs_.size(); ++i) inputs_[i].first->inputs[inputs_[i].second].assignment_index = i;
  std::erase_if(all_, [&](const auto& member) { return goes(member.get()); });
}

void TaskSet::clear() {
  for (const auto& member : all_) member->task->set_state(TaskState::closing);
  with_input_.clear();
  with_deadline_.clear();
  with_progress_.clear();
  paused_.clear();
  inputs_.clear();
  running_inputs_ = 0;
  running_.clear();
  all_.clear();
  usage_ = {};
}

std::vector<Task*> TaskSet::running_tasks() const {
  std::vector<Task*> tasks;
  for (const Member* member : running_) tasks.push_back(member->task.get());
  return tasks;
}

std::vector<TaskId> TaskSet::ids() const {
  std::vector<TaskId> ids;
  for (const auto& member : all_) ids.push_back(member->task->id());
  return ids;
}

// --- input ---

void TaskSet::take(log::FetchedBatch batch) {
  auto [member, input] = inputs_[batch.assignment_index];
  const std::size_t before = member->inputs[input].queue->buffered_bytes();
  member->inputs[input].queue->add(std::move(batch));
  const std::size_t added = member->inputs[input].queue->buffered_bytes() - before;
  member->usage.fetched_bytes += added;
  usage_.fetched_bytes += added;
  include(with_input_, member->has_input, *member, true);
}

bool TaskSet::pause_and_resume(std::size_t most) {
  for (Member* member : with_input_) {
    for (Input& input : member->inputs) {
      if (input.is_paused || input.queue->buffered_bytes() < most) continue;
      consumer_.pause(input.assignment_index);
      input.is_paused = true;
      paused_.push_back(&input);
    }
  }
  std::erase_if(paused_, [&](Input* input) {
    if (input->queue->buffered_bytes() > most / 2) return false;
    consumer_.resume(input->assignment_index);
    input->is_paused = false;
    return true;
  });
  return paused_.size() < running_inputs_;
}

// Of a task with records in some inputs only: others need not be known to be empty.
Result<> TaskSet::find_known_ends(const EndTracker* ends) {
  for (Member* member : with_input_) {
    if (member->inputs.size() < 2) continue;
    for (Input& input : member->inputs) {
      RecordQueue& queue = *input.queue;
      input.is_awaited = ends != nullptr && ends->is_awaited(queue.partition());
      if (queue.buffered_bytes() > 0 || queue.is_delayed() || input.is_awaited) continue;
      auto end = consumer_.fetched_end(input.assignment_index);
      if (!end) continue;
      if (ends != nullptr) end = std::max(*end, ends->end_of(queue.partition()).value_or(*end));
      WEIR_TRY_VAR(position, consumer_.position(queue.partition()));
      queue.set_known_end(position, *end);
    }
  }
  return {};
}

// --- what they did ---

void TaskSet::include(std::vector<Member*>& list, bool& is_in, Member& member, bool belongs) {
  if (belongs && !is_in) list.push_back(&member);
  is_in = is_in || belongs;
}

void TaskSet::look_at(Member& member) {
  const TaskUsage now = member.task->usage();
  usage_ = usage_ - member.usage + now;
  member.usage = now;
  include(with_input_, member.has_input, member, now.fetched_bytes > 0);
  include(with_progress_, member.has_progress, member, member.task->has_progress());
  include(with_deadline_, member.has_deadline, member, member.task->next_deadline_ms() || !member.task->is_finished());
}

void TaskSet::settle() {
  std::erase_if(with_input_, [](Member* member) { return !(member->has_input = member->usage.fetched_bytes > 0); });
  std::erase_if(with_progress_, [](Member* member) { return !(member->has_progress = member->task->has_progress()); });
  std::erase_if(with_deadline_, [](Member* member) {
    return !(member->has_deadline = member->task->next_deadline_ms() || !member->task->is_finished());
  });
}

bool TaskSet::has_work() const {
  auto is_waiting = [](const Input& input) {
    return input.is_awaited && input.queue->buffered_bytes() == 0;
  };
  return std::any_of(with_input_.begin(), with_input_.end(),
                     [&](Member* member) {
                       return member->task->has_input() &&
                              std::none_of(member->inputs.begin(), member->inputs.end(), is_waiting);
                     }) ||
         std::any_of(with_deadline_.begin(), with_deadline_.end(),
                     [](Member* member) { return member->task->has_results(); });
}

std::vector<Task*> TaskSet::tasks_with_progress() {
  settle();
  std::vector<Task*> tasks;
  for (Member* member : with_progress_) tasks.push_back(member->task.get());
  return tasks;
}

}  // namespace weir::streams
