// What the visitors of a site do, in every kind of window.
//
//   visits-*   topics, one a server: a page that was seen, by the time that it says itself
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <weir/streams.h>

namespace page_views {

namespace ws = weir::streams;
using namespace std::chrono_literals;

struct View {
  std::string user;
  std::string page;
  std::int64_t at_ms = 0;
  std::int64_t millis = 0;  // that it took
};
WEIR_JSON(View, user, page, at_ms, millis)

struct Trail {
  std::vector<std::string> pages;
};
WEIR_JSON(Trail, pages)

// What came of a window, with when it begins.
inline std::string named(const ws::Windowed<std::string>& key, const std::string& what) {
  return "from " + std::to_string(key.window.start_ms) + ": " + what;
}

// Visits as sessions: where somebody went until nothing came for half an hour. What comes late may make two visits one.
inline void follow(const ws::Stream<std::string, View>& by_user) {
  by_user.group_by_key()
      .windowed_by(ws::sessions(30min).grace(10min))
      .aggregate([] { return Trail{}; }, [](const View& view, Trail& trail) { trail.pages.push_back(view.page); },
                 [](const Trail& earlier, const Trail& later) {
                   Trail both = earlier;
                   both.pages.insert(both.pages.end(), later.pages.begin(), later.pages.end());
                   return both;
                 },
                 {.store = "trails"})
      .suppress(ws::UntilWindowCloses{}, {.store = "trails-that-go-on"})
      .to_stream()
      .map([](const ws::Windowed<std::string>& key, const std::optional<Trail>& trail) {
        std::string pages;
        if (trail) {
          for (const std::string& page : trail->pages) pages += page;
        }
        return std::pair(key.key, named(key, pages));
      })
      .to("ended-visits");
}

inline ws::Topology topology() {
  ws::Builder builder;
  auto views =
      builder.stream<ws::NoKey, View>(ws::matching("visits-.*"), {.name = "visits", .timestamp = [](const View& view) {
                                                                    return view.at_ms;
                                                                  }});
  auto by_user = views.select_key([](const View& view) { return view.user; }, {.name = "by-user"});
  follow(by_user);

  auto by_page = views.group_by([](const View& view) { return view.page; }, {.name = "by-page"});
  auto to_text = [](const ws::Windowed<std::string>& key, std::int64_t count) {
    return std::pair(key.key, named(key, std::to_string(count)));
  };
  // Each minute once, when it is over.
  by_page.windowed_by(ws::tumbling(1min).grace(10s))
      .emit(ws::Emit::on_close)
      .count({.store = "per-minute"})
      .to_stream()
      .map(to_text)
      .to("per-minute");
  // The last five minutes, a window a minute; not each update, but one in 30 s of the views' own time.
  by_page.windowed_by(ws::hopping(5min, 1min))
      .count({.store = "last-five"})
      .suppress(ws::UntilTimeLimit{.limit = 30s}, {.store = "last-five-waiting"})
      .to_stream()
      .map([](const ws::Windowed<std::string>& key, const std::optional<std::int64_t>& count) {
        return std::pair(key.key, named(key, std::to_string(count.value_or(0))));
      })
      .to("last-five");
  // Three views of one page within ten seconds, wherever these begin.
  by_page.windowed_by(ws::sliding(10s))
      .count({.store = "bursts"})
      .to_stream()
      .filter([](std::int64_t count) { return count >= 3; })
      .map(to_text)
      .to("bursts");
  by_page.windowed_by(ws::unlimited(0ms))
      .reduce(
          [](View& slowest, const View& view) {
            if (view.millis > slowest.millis) slowest = view;
          },
          {.store = "slowest"})
      .to_stream()
      .map([](const ws::Windowed<std::string>& key, const View& view) { return std::pair(key.key, view.millis); })
      .to("slowest");

  // Where a view goes depends on what it says: topics whose names are known only then.
  auto [failed, slow, rest] = views.split([](const View& view) { return view.page.empty(); },
                                          [](const View& view) { return view.millis > 1'000; });
  slow.merge(rest)
      .flat_map_values([](const View& view) {
        std::vector<std::string> words;
        for (std::size_t at = 1; at < view.page.size();) {
          const std::size_t end = std::min(view.page.find('/', at), view.page.size());
          words.push_back(view.page.substr(at, end - at));
          at = end + 1;
        }
        return words;
      })
      .filter_not([](const std::string& word) { return word.size() < 3; })
      .select_key([](const std::string& word) { return word; })
      .to([](const std::string& word) { return std::string("words-") + word[0]; });
  failed.map_values([](const View& view) { return view.user; })
      .to("without-page", {.partition = [](const ws::NoKey&, const std::string&, std::int32_t) {
            return 0;
          }});
  return builder.build();
}

}  // namespace page_views
