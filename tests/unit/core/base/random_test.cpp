#include "core/base/random.hpp"

#include <array>
#include <set>

#include "tests/support/rs_test.hpp"

using namespace ringside;

// The order matters: a process that was seeded stays so.
RS_TEST(numbers_of_the_kernel_differ_and_those_of_a_seed_are_its_own) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    RS_EXPECT(seen.insert(random_number()).second);
  }
  std::array<std::uint64_t, 100> first{};
  seed_random(7);
  for (std::uint64_t& number : first) {
    number = random_number();
    RS_EXPECT(seen.insert(number).second);
  }
  seed_random(7);
  for (const std::uint64_t number : first) {
    RS_EXPECT_EQ(random_number(), number);
  }
  seed_random(8);
  RS_EXPECT(seen.insert(random_number()).second);
}
