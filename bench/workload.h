// The records that benchmarks work on: always the same ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::bench {

class Random {  // splitmix64
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t n) { return (*this)() % n; }
  double fraction() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

// 100 bytes a record: a key of 16 letters out of 65,536, a value of 84.
class Records {
 public:
  Records() : keys_(kKeys * kKeySize, 0), value_(84, 'v') {
    Random random(1);
    for (char& c : keys_) c = static_cast<char>('a' + random.below(26));
  }
  std::string_view key(std::uint64_t i) const { return {keys_.data() + (i % kKeys) * kKeySize, kKeySize}; }
  std::string_view value() const { return value_; }
  static std::int64_t time_ms(std::uint64_t i) { return 1'700'000'000'000 + static_cast<std::int64_t>(i / 1000); }

 private:
  static constexpr std::size_t kKeys = 65'536;
  static constexpr std::size_t kKeySize = 16;
  std::string keys_;
  std::string value_;
};

// Lines of ten words by Zipf's law out of 100,000.
class Lines {
 public:
  Lines() {
    constexpr std::size_t kVocabulary = 100'000;
    Random random(2);
    double total = 0;
    for (std::size_t i = 0; i < kVocabulary; ++i) {
      std::string word;
      for (std::size_t n = 2 + random.below(4) + (i > 200 ? random.below(6) : 0); n > 0; --n) {
        word += static_cast<char>('a' + random.below(26));
      }
      words_.push_back(std::move(word));
      sums_.push_back(total += 1.0 / static_cast<double>(i + 1));
    }
  }
  std::string line(Random& random) const {
    std::string text;
    for (int i = 0; i < 10; ++i) {
      if (i > 0) text += ' ';
      auto at = std::lower_bound(sums_.begin(), sums_.end(), random.fraction() * sums_.back());
      text += words_[static_cast<std::size_t>(at - sums_.begin())];
    }
    return text;
  }

 private:
  std::vector<std::string> words_;
  std::vector<double> sums_;
};

// Calls `take` with each word of a line: what stands between single spaces. Both sides split with this.
template <class Take>
inline void split_words(std::string_view line, Take take) {
  const char* at = line.data();
  const char* end = at + line.size();
  while (at < end) {
    const char* begin = at;
    while (at < end && *at != ' ') ++at;
    take(std::string_view(begin, static_cast<std::size_t>(at - begin)));
    ++at;
  }
}

}  // namespace weir::bench
