#include "core/control/identity_hash.hpp"

#include <set>

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

using namespace control;  // NOLINT(google-build-using-namespace): the tested names

}  // namespace

RS_TEST(hash_is_the_beginning_of_sha256_over_key_and_name) {
  // printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0alice' | sha256sum, the first 8 bytes, little-endian.
  RS_EXPECT_EQ(identity_hash({}, "alice"), 0xfba452e7ea95b620);
}

RS_TEST(hash_depends_on_each_half_of_the_key_and_on_the_name) {
  std::set<std::uint64_t> seen;
  for (const HashKey key : {HashKey{0, 0}, HashKey{1, 0}, HashKey{0, 1}}) {
    for (const char* name : {"", "a", "alice"}) {
      RS_EXPECT(seen.insert(identity_hash(key, name)).second);
      RS_EXPECT_EQ(identity_hash(key, name), identity_hash(key, name));
    }
  }
}

}  // namespace ringside::test
