# Headers that nearly every file reads, parsed once a target. What a file needs it still includes by itself: the preset
# clang-checks builds without them (CMAKE_DISABLE_PRECOMPILE_HEADERS).
set(WEIR_PRECOMPILED
  <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <coroutine> <cstdint> <deque> <functional> <limits>
  <map> <memory> <mutex> <optional> <set> <span> <stdexcept> <string> <string_view> <thread> <unordered_map> <utility>
  <vector> <tl/expected.hpp>)
