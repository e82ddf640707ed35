#include "streams/runtime/sharing/share_tasks.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace weir::streams {

namespace {

// One sharer on the way to its share.
struct Place {
  const Sharer* sharer;
  std::size_t index;  // in what was given
  std::size_t quota = 0;
  std::size_t ran = 0;   // of the tasks that there are
  std::size_t rest = 0;  // of its part that no whole task is: rest / C
  std::set<TaskId> tasks = {};
  std::map<std::size_t, std::size_t> of_stage = {};

  bool has_room() const { return tasks.size() < quota; }
  void add(const TaskId& task) {
    if (tasks.insert(task).second) ++of_stage[task.stage];
  }
  void drop(const TaskId& task) {
    tasks.erase(task);
    --of_stage[task.stage];
  }
};

class Sharing {
 public:
  Sharing(const std::vector<TaskId>& tasks, const std::vector<Sharer>& sharers) : open_(tasks.begin(), tasks.end()) {
    for (std::size_t i = 0; i < sharers.size(); ++i) places_.push_back({&sharers[i], i});
    std::ranges::sort(places_, {}, [](const Place& place) { return place.sharer->id; });
  }

  std::vector<std::vector<TaskId>> run() {
    set_quotas();
    keep();
    give_to_who_knows();
    give_the_rest();
    std::vector<std::vector<TaskId>> shares(places_.size());
    for (const Place& place : places_) shares[place.index] = {place.tasks.begin(), place.tasks.end()};
    return shares;
  }

 private:
  // Each its part rounded down; one more for some of those whose part is no whole number, first of all for who runs
  // more than that already.
  void set_quotas() {
    std::size_t threads = 0;
    for (const Place& place : places_) threads += place.sharer->threads;
    std::size_t left = open_.size();
    std::vector<Place*> order;
    for (Place& place : places_) {
      const std::size_t part = open_.size() * place.sharer->threads;
      place.quota = part / threads;
      place.rest = part % threads;
      place.ran = static_cast<std::size_t>(
          std::ranges::count_if(place.sharer->runs, [&](const TaskId& task) { return open_.contains(task); }));
      left -= place.quota;
      if (place.rest > 0) order.push_back(&place);
    }
    std::ranges::stable_sort(order, [](const Place* a, const Place* b) {
      const bool a_has = a->ran > a->quota, b_has = b->ran > b->quota;
      return a_has != b_has ? a_has : a->rest > b->rest;
    });
    for (std::size_t i = 0; i < left; ++i) ++order[i]->quota;
  }

  // What is too much goes from the stages of which there is most.
  void keep() {
    for (Place& place : places_) {
      for (const TaskId& task : place.sharer->runs) {
        if (open_.contains(task)) place.add(task);
      }
      while (place.tasks.size() > place.quota) {
        const auto most = std::ranges::max_element(place.of_stage, {}, [](const auto& entry) { return entry.second; });
        const auto last = std::find_if(place.tasks.rbegin(), place.tasks.rend(),
                                       [&](const TaskId& task) { return task.stage == most->first; });
        place.drop(TaskId(*last));
      }
    }
    for (const Place& place : places_) {
      for (const TaskId& task : place.tasks) open_.erase(task);
    }
  }

  void give_to_who_knows() {
    give([](const Place& place, const TaskId& task) { return place.has_room() && place.sharer->knows.contains(task); });
  }

  void give_the_rest() {
    give([](const Place& place, const TaskId&) { return place.has_room(); });
  }

  // To whoever may have it and has least of its stage, then least of all, by threads.
  template <class May>
  void give(May may) {
    auto is_emptier = [](std::size_t a, const Place& of_a, std::size_t b, const Place& of_b) {
      return a * of_b.sharer->threads < b * of_a.sharer->threads;
    };
    std::erase_if(open_, [&](const TaskId& task) {
      Place* best = nullptr;
      for (Place& place : places_) {
        if (!may(place, task)) continue;
        if (best == nullptr) {
          best = &place;
          continue;
        }
        const std::size_t here = place.of_stage[task.stage], there = best->of_stage[task.stage];
        const bool is_same = !is_emptier(here, place, there, *best) && !is_emptier(there, *best, here, place);
        if (is_emptier(here, place, there, *best) ||
            (is_same && is_emptier(place.tasks.size(), place, best->tasks.size(), *best))) {
          best = &place;
        }
      }
      if (best != nullptr) best->add(task);
      return best != nullptr;
    });
  }

  std::set<TaskId> open_;  // that nobody has yet
  std::vector<Place> places_;
};

}  // namespace

std::vector<std::vector<TaskId>> share_tasks(const std::vector<TaskId>& tasks, const std::vector<Sharer>& sharers) {
  if (sharers.empty()) return {};
  return Sharing(tasks, sharers).run();
}

}  // namespace weir::streams
