// Stores whose changes stand elsewhere (a source's topic is their changelog): a commit costs them no encoding.
#include <gtest/gtest.h>

#include "streams/state/key_value_store.h"
#include "tests/streams/state/store_fixture.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state {
namespace {

int encodings = 0;

const TypeOps& counted_type() {
  static const TypeOps ops = [] {
    TypeOps counted = string_type();
    counted.encode = [](const void* object, OwnedBytes& scratch) {
      ++encodings;
      return string_type().encode(object, scratch);
    };
    return counted;
  }();
  return ops;
}

class Elsewhere final : public ChangeSink {
 public:
  Result<> change(Bytes key, NullableBytes, std::int64_t) override {
    return weir::fail(ErrorCode::wrong_state, "was told of " + std::string(key));
  }
  bool takes_changes() const override { return false; }
};

TEST_P(StateTest, rows_whose_changes_stand_elsewhere_are_encoded_when_they_are_applied_and_not_before) {
  KeyValueStore store("store", counted_type(), below());
  store.modify_as<std::string>(store.row("k"), 1) = "v";
  encodings = 0;
  Elsewhere elsewhere;
  auto written = store.write_changes(elsewhere);
  ASSERT_TRUE(written) << written.error().to_string();
  store.committed();
  EXPECT_EQ(encodings, 0);
  EXPECT_EQ(store.dirty_rows(), 0u);
  ASSERT_TRUE(store.apply({log::TopicId{}, log::LeaderEpoch(1), log::Offset(1), 0}));
  EXPECT_EQ(encodings, GetParam() ? 1 : 0) << "below there is a database, or nothing";
}

}  // namespace
}  // namespace weir::streams::state
