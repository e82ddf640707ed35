#include "log/cluster/metadata_snapshot.h"

#include <gtest/gtest.h>

#include "sim/memory_file.h"

namespace weir::log::cluster {
namespace metadata_snapshot {
namespace {

TopicId id_of(std::uint8_t last) {
  TopicId id;
  id.bytes.back() = last;
  return id;
}

MetadataSnapshot example(std::int64_t end) {
  MetadataSnapshot snapshot;
  snapshot.end = Offset(end);
  snapshot.state.apply(TopicCreated{{"a", id_of(7), 2, {{"retention.ms", "9"}}, false}});
  snapshot.state.apply(TopicCreated{{"gone", id_of(8), 1, {}, false}});
  snapshot.state.apply(TopicDeleted{id_of(8)});
  snapshot.state.apply(ProducerIdsReserved{ProducerId(1'000)});
  return snapshot;
}

void expect_same(const Metadata& one, const Metadata& other) {
  ASSERT_EQ(one.topics().size(), other.topics().size());
  for (const auto& [name, topic] : one.topics()) EXPECT_EQ(*other.find(name), *topic);
  EXPECT_EQ(one.deleted(), other.deleted());
  EXPECT_EQ(one.next_producer_id(), other.next_producer_id());
}

// The example of docs/formats.md, to the byte.
TEST(MetadataSnapshot, it_is_as_documented) {
  const OwnedBytes content = example(4'711).encode();
  EXPECT_EQ(to_hex(content),
            "574d45540001"
            "0000000000001267"
            "00000003"
            "0000002c"
            "0a2a0a016112100000000000000000000000000000000718022211"
            "0a0c726574656e74696f6e2e6d73120139"
            "00000014"
            "12120a1000000000000000000000000000000008"
            "00000005"
            "1a0308e807"
            "b1241543");
  const auto read = MetadataSnapshot::decode(content).value();
  EXPECT_EQ(read.end, Offset(4'711));
  expect_same(read.state, example(0).state);
}

TEST(MetadataSnapshot, every_flipped_bit_and_every_cut_is_noticed) {
  const OwnedBytes content = example(5).encode();
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    OwnedBytes damaged = content;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_FALSE(MetadataSnapshot::decode(damaged)) << bit;
  }
  for (std::size_t size = 0; size < content.size(); ++size) {
    EXPECT_FALSE(MetadataSnapshot::decode(Bytes(content).substr(0, size)));
  }
}

TEST(MetadataSnapshot, what_was_changed_and_forgotten_is_in_it_as_it_is) {
  auto snapshot = example(5);
  snapshot.state.apply(TopicChanged{id_of(7), 5, {{"retention.ms", "10"}}});
  snapshot.state.forget_deleted(id_of(8));
  const auto read = MetadataSnapshot::decode(snapshot.encode()).value();
  EXPECT_EQ(read.state.find("a")->partitions, 5);
  EXPECT_EQ(read.state.find("a")->configs.at("retention.ms"), "10");
  EXPECT_FALSE(read.state.was_deleted(id_of(8)));
}

TEST(MetadataSnapshots, the_newest_two_are_kept_and_the_newest_whole_one_is_found) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("log"));
  MetadataSnapshots kept(files, "log/metadata");
  EXPECT_FALSE(kept.find(Offset(99))->newest);
  EXPECT_EQ(*kept.keep(example(10)), Offset(0)) << "without another one the log must hold everything";
  EXPECT_EQ(*kept.keep(example(20)), Offset(10));
  EXPECT_EQ(*kept.keep(example(30)), Offset(20));
  EXPECT_EQ(files.list("log/metadata")->size(), 2u);
  EXPECT_EQ(kept.find(Offset(99))->newest->end, Offset(30));

  const auto behind = kept.find(Offset(29)).value();
  EXPECT_EQ(behind.newest->end, Offset(20));
  ASSERT_EQ(behind.ahead.size(), 1u);
  EXPECT_NE(behind.ahead[0].find("30.snapshot"), std::string::npos);

  files.flip("log/metadata/00000000000000000030.snapshot", 20, 1);
  const auto damaged = kept.find(Offset(99)).value();
  EXPECT_EQ(damaged.newest->end, Offset(20));
  ASSERT_EQ(damaged.damaged.size(), 1u);
  EXPECT_NE(damaged.damaged[0].find("30.snapshot"), std::string::npos);
}

}  // namespace
}  // namespace metadata_snapshot
}  // namespace weir::log::cluster
