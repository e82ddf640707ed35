// Serde<T>: how a type becomes bytes and comes back. What Weir knows: strings and string views, integers and enums,
// doubles and floats (big-endian, as Kafka's serializers write them), bool, bytes, Protobuf messages, structs named to
// WEIR_JSON (dsl/json.h), keys in windows. A type of one's own:
//
//   template <>
//   struct weir::streams::Serde<Point> {
//     static bool decode(weir::Bytes bytes, Point& reuse);                          // false: not a Point
//     static weir::Bytes encode(const Point& point, weir::OwnedBytes& scratch);     // valid until either changes
//   };
//
// A type of keys must give equal bytes for objects that are equal, for rows are found by them: a map without order, or
// a cached field, must not show in them.
//
// Optional members: `static constexpr bool is_canonical = true` if bytes that decode are those that encode gives again
// (such keys need not be encoded again for look-ups), `static std::size_t heap_bytes(const T&)`, and `encode_key`, as
// `encode`, where keys must be written in another way than values for equal ones to have equal bytes.
// std::optional<T> is a T that may be null; NoKey a key whose bytes are not looked at. Neither has a Serde.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "log/base/cursor.h"
#include "streams/operators/windowed_key.h"
#include "streams/topology/windows.h"

namespace weir::streams {

template <class T>
struct Serde;

// The key of a stream whose keys do not matter.
struct NoKey {
  bool operator==(const NoKey&) const = default;
};

// --- borrowed and owned ---

// What a store keeps of a T: views become what they look at.
template <class T>
struct Owned {
  using Type = T;
};
template <>
struct Owned<std::string_view> {
  using Type = std::string;
};
template <>
struct Owned<std::span<const std::byte>> {
  using Type = std::vector<std::byte>;
};
template <class T>
using owned_t = typename Owned<T>::Type;
template <class T>
concept IsOwned = std::same_as<T, owned_t<T>>;

// --- null ---

template <class T>
struct Nullable {
  using Type = T;
  static constexpr bool value = false;
};
template <class T>
struct Nullable<std::optional<T>> {
  using Type = T;
  static constexpr bool value = true;
};
template <class T>
using plain_t = typename Nullable<T>::Type;  // T without its null
template <class T>
inline constexpr bool is_nullable = Nullable<T>::value;

// --- the types that Weir knows ---

template <>
struct Serde<std::string> {
  static constexpr bool is_canonical = true;
  static bool decode(Bytes bytes, std::string& reuse) {
    reuse.assign(bytes);
    return true;
  }
  static Bytes encode(const std::string& text, OwnedBytes&) { return text; }
  static std::size_t heap_bytes(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; }
};

template <>
struct Serde<std::string_view> {  // borrowed from the record
  static constexpr bool is_canonical = true;
  static bool decode(Bytes bytes, std::string_view& reuse) {
    reuse = bytes;
    return true;
  }
  static Bytes encode(std::string_view text, OwnedBytes&) { return text; }
};

template <>
struct Serde<std::vector<std::byte>> {
  static constexpr bool is_canonical = true;
  static bool decode(Bytes bytes, std::vector<std::byte>& reuse) {
    auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
    reuse.assign(begin, begin + bytes.size());
    return true;
  }
  static Bytes encode(const std::vector<std::byte>& run, OwnedBytes&) {
    return {reinterpret_cast<const char*>(run.data()), run.size()};
  }
  static std::size_t heap_bytes(const std::vector<std::byte>& run) { return run.capacity(); }
};

template <>
struct Serde<std::span<const std::byte>> {  // borrowed from the record
  static constexpr bool is_canonical = true;
  static bool decode(Bytes bytes, std::span<const std::byte>& reuse) {
    reuse = {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
    return true;
  }
  static Bytes encode(std::span<const std::byte> run, OwnedBytes&) {
    return {reinterpret_cast<const char*>(run.data()), run.size()};
  }
};

template <class T>
requires std::integral<T> || std::is_enum_v<T>
struct Serde<T> {
  static constexpr bool is_canonical = !std::same_as<T, bool>;
  static bool decode(Bytes bytes, T& reuse) {
    if (bytes.size() != sizeof(T)) return false;
    if constexpr (sizeof(T) == 1) {
      reuse = static_cast<T>(bytes[0]);
    } else {
      reuse = static_cast<T>(load_big_endian<Raw>(bytes.data()));
    }
    return true;
  }
  static Bytes encode(T value, OwnedBytes& scratch) {
    scratch.resize(sizeof(T));
    if constexpr (sizeof(T) == 1) {
      scratch[0] = static_cast<char>(value);
    } else {
      store_big_endian(scratch.data(), static_cast<Raw>(value));
    }
    return scratch;
  }

 private:
  using Raw = typename std::conditional_t<std::is_enum_v<T>, std::underlying_type<T>, std::type_identity<T>>::type;
};

template <std::floating_point T>
struct Serde<T> {
  using Raw = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static bool decode(Bytes bytes, T& reuse) {
    if (bytes.size() != sizeof(T)) return false;
    reuse = std::bit_cast<T>(load_big_endian<Raw>(bytes.data()));
    return true;
  }
  // As keys the two zeros are one, and all that are no number.
  static Bytes encode_key(T value, OwnedBytes& scratch) {
    if (value == 0) value = 0;
    if (value != value) value = std::numeric_limits<T>::quiet_NaN();
    return encode(value, scratch);
  }
  static Bytes encode(T value, OwnedBytes& scratch) {
    scratch.resize(sizeof(T));
    store_big_endian(scratch.data(), std::bit_cast<Raw>(value));
    return scratch;
  }
};

}  // namespace weir::streams

// Protobuf's own; whoever hands a message to Weir has included them.
namespace google::protobuf::io {
class CodedOutputStream;
class ZeroCopyOutputStream;
}  // namespace google::protobuf::io

namespace weir::streams {

namespace protobuf_detail {

template <class Message>
struct Io {  // looked into where a message is complete
  using Coded = google::protobuf::io::CodedOutputStream;
  using Stream = google::protobuf::io::ZeroCopyOutputStream;
};

// A stream into a run of bytes whose size is known.
template <class Message>
class Run final : public Io<Message>::Stream {
 public:
  explicit Run(OwnedBytes& bytes) : bytes_(bytes) {}

  bool Next(void** data, int* size) override {
    if (given_ == bytes_.size()) return false;
    *data = bytes_.data() + given_;
    *size = static_cast<int>(bytes_.size() - given_);
    given_ = bytes_.size();
    return true;
  }
  void BackUp(int count) override { given_ -= static_cast<std::size_t>(count); }
  std::int64_t ByteCount() const override { return static_cast<std::int64_t>(given_); }

 private:
  OwnedBytes& bytes_;
  std::size_t given_ = 0;
};

}  // namespace protobuf_detail

// Protobuf messages, without a Protobuf header: whatever can be serialised and parsed as they can. Maps are written in
// the order of their keys, so that equal messages have equal bytes.
template <class T>
concept ProtobufMessage = requires(T message, const T& constant, OwnedBytes& bytes, const void* data, int size) {
  { constant.SerializeToString(&bytes) } -> std::convertible_to<bool>;
  { message.ParseFromArray(data, size) } -> std::convertible_to<bool>;
  { constant.ByteSizeLong() } -> std::convertible_to<std::size_t>;
};

template <ProtobufMessage T>
struct Serde<T> {
  static bool decode(Bytes bytes, T& reuse) {
    return reuse.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  }
  static Bytes encode(const T& message, OwnedBytes& scratch) {
    if constexpr (requires(typename protobuf_detail::Io<T>::Coded & out) { message.SerializeToCodedStream(&out); }) {
      scratch.resize(message.ByteSizeLong());
      protobuf_detail::Run<T> run(scratch);
      typename protobuf_detail::Io<T>::Coded out(&run);
      out.SetSerializationDeterministic(true);
      (void)message.SerializeToCodedStream(&out);
    } else {
      (void)message.SerializeToString(&scratch);
    }
    return scratch;
  }
  // Messages of the lite runtime cannot tell; what they take in memory is near what they take as bytes.
  static std::size_t heap_bytes(const T& message) { return message.ByteSizeLong(); }
};

// The bytes of a key.
template <class K>
Bytes encode_key(const K& key, OwnedBytes& scratch) {
  if constexpr (requires {
                  { Serde<K>::encode_key(key, scratch) } -> std::same_as<Bytes>;
                }) {
    return Serde<K>::encode_key(key, scratch);
  } else {
    return Serde<K>::encode(key, scratch);
  }
}

// key | end (8, big-endian) | start (8), as Kafka's session-windowed keys are: both ends can be read back.
template <class K>
struct Serde<Windowed<K>> {
  static constexpr bool is_canonical = requires { requires Serde<K>::is_canonical; };
  static bool decode(Bytes bytes, Windowed<K>& reuse) {
    if (bytes.size() < kWindowBytes) return false;
    const auto [key, window] = split_windowed_key(bytes);
    reuse.window = window;
    return Serde<K>::decode(key, reuse.key);
  }
  static Bytes encode(const Windowed<K>& windowed, OwnedBytes& scratch) {
    thread_local OwnedBytes key_scratch;  // the key may need one of its own
    scratch.assign(encode_key(windowed.key, key_scratch));
    Writer out(scratch);
    out.int64(windowed.window.end_ms);
    out.int64(windowed.window.start_ms);
    return scratch;
  }
};

template <class K>
struct Owned<Windowed<K>> {
  using Type = Windowed<owned_t<K>>;
};

template <class T>
concept HasSerde = requires(Bytes bytes, T& reuse, const T& value, OwnedBytes& scratch) {
  { Serde<T>::decode(bytes, reuse) } -> std::same_as<bool>;
  { Serde<T>::encode(value, scratch) } -> std::same_as<Bytes>;
};

}  // namespace weir::streams
