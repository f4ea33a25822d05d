#include "core/ring/geometry.hpp"

#include <vector>

#include "core/ring/layout.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

// A header as it should be, in memory of the file's size.
class Image {
 public:
  Image() : words_(ring_file_bytes(kSmallRing) / 8) {
    set(0, kRingMagic);
    set(8, kRingLayoutVersion);
    set(16, ring_file_bytes(kSmallRing));
    set(24, kDataOffset);
    set(32, kSmallRing);
    set(40, kIndexEntries);
    set(48, 0x5f3a9c1e);
    set(56, 1'000'000'000);
  }
  void set(std::size_t offset, std::uint64_t value) { words_[offset / 8] = value; }
  [[nodiscard]] Result<Geometry> read(std::size_t n_bytes = ring_file_bytes(kSmallRing)) const {
    return read_geometry(reinterpret_cast<const std::byte*>(words_.data()), n_bytes);
  }
  [[nodiscard]] Result<Geometry> read(RingLayouts accepted) const {
    return read_geometry(reinterpret_cast<const std::byte*>(words_.data()), words_.size() * 8,
                         accepted);
  }

 private:
  std::vector<std::uint64_t> words_;
};

void expect_refused(std::size_t offset, std::uint64_t value, std::string_view reason) {
  Image image;
  image.set(offset, value);
  const Result<Geometry> geometry = image.read();
  RS_EXPECT(!geometry.has_value());
  RS_EXPECT_CONTAINS(geometry.error().message, reason);
}

}  // namespace

RS_TEST(sound_header_tells_capacity_epoch_and_age) {
  const Geometry geometry = RS_UNWRAP(Image().read());
  RS_EXPECT_EQ(geometry.capacity_bytes, kSmallRing);
  RS_EXPECT_EQ(geometry.epoch().value, 0x5f3a9c1eU);
  RS_EXPECT_EQ(to_ns(geometry.created), 1'000'000'000);
}

RS_TEST(epochs_before_its_own_are_read_or_refused) {
  Image image;
  image.set(320, 2);
  image.set(328, 0xb);
  image.set(336, 25);
  image.set(344, 0xa);
  image.set(352, 10);
  const Geometry geometry = RS_UNWRAP(image.read());
  RS_EXPECT_EQ(geometry.lineage.past().size(), 2U);
  RS_EXPECT_EQ(geometry.lineage.resolve({Epoch{0xa}, Seq{10}})->value, 10U);
  image.set(352, 26);  // an older epoch that ends later
  RS_EXPECT_CONTAINS(image.read().error().message, "impossible");
  image.set(320, 16);
  RS_EXPECT_CONTAINS(image.read().error().message, "impossible");
}

RS_TEST(version_without_epochs_before_is_read_where_it_is_asked_for) {
  Image image;
  image.set(8, 1);
  RS_EXPECT_CONTAINS(image.read().error().message, "version 1");
  const Geometry geometry = RS_UNWRAP(image.read(RingLayouts::kAlsoOlder));
  RS_EXPECT_EQ(geometry.epoch().value, 0x5f3a9c1eU);
  RS_EXPECT_EQ(geometry.lineage.past().size(), 0U);
  image.set(8, 0);
  RS_EXPECT_CONTAINS(image.read(RingLayouts::kAlsoOlder).error().message, "version 0");
}

RS_TEST(file_that_is_no_ring_is_refused) {
  expect_refused(0, 0, "not a ring");
  RS_EXPECT_CONTAINS(Image().read(100).error().message, "100 bytes");
  RS_EXPECT_CONTAINS(Image().read(0).error().message, "not a ring");
}

RS_TEST(other_version_is_refused_with_both_versions_named) {
  expect_refused(8, 77, "77");
  expect_refused(8, 77, fmt::format("supports {}", kRingLayoutVersion));
}

RS_TEST(header_that_contradicts_itself_or_the_file_is_refused) {
  expect_refused(32, 0, "impossible");
  expect_refused(32, kSmallRing + 8, "impossible");
  expect_refused(32, ~std::uint64_t{0}, "impossible");
  expect_refused(24, 4096, "impossible");
  expect_refused(40, 1U << 30U, "impossible");
  expect_refused(48, 0, "impossible");
  expect_refused(32, kSmallRing * 2, "the file has");
  expect_refused(16, 4096, "the file has");
  RS_EXPECT(!Image().read(ring_file_bytes(kSmallRing) - 4096).has_value());
}

RS_TEST(capacity_is_a_power_of_two_within_bounds) {
  RS_EXPECT(is_valid_capacity(kMinCapacityBytes));
  RS_EXPECT(is_valid_capacity(kMaxCapacityBytes));
  RS_EXPECT(is_valid_capacity(64U << 20U));
  RS_EXPECT(!is_valid_capacity(0));
  RS_EXPECT(!is_valid_capacity(kMinCapacityBytes / 2));
  RS_EXPECT(!is_valid_capacity(kMaxCapacityBytes * 2));
  RS_EXPECT(!is_valid_capacity(100'000));
}

}  // namespace ringside::test
