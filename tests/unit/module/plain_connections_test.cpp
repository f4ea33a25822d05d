#include "module/plain_connections.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <vector>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

MonoTime at(int milliseconds) {
  return MonoTime(std::chrono::milliseconds(100'000 + milliseconds));
}

// Ids that are no more than numbers.
PlainConnections::Id id(std::uintptr_t n) { return reinterpret_cast<PlainConnections::Id>(n); }

PlainConnections::Verdict come(PlainConnections& all, std::uintptr_t n, const std::string& address,
                               PlainConnections::Limits limits, int when) {
  const auto verdict = all.admit(address, limits, at(when));
  if (verdict.admitted) {
    all.add(id(n), at(when));
  }
  return verdict;
}

std::string counted_v6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  inet_pton(AF_INET6, text, &address.sin6_addr);
  return counted_address(&address);
}

}  // namespace

RS_TEST(the_one_that_waits_longest_makes_place) {
  PlainConnections all;
  for (std::uintptr_t n = 1; n <= 3; ++n) {
    RS_EXPECT(come(all, n, "a", {3, 0}, 0).admitted);
  }
  all.touch(id(1), at(500));
  RS_EXPECT(!come(all, 4, "b", {3, 0}, 999).admitted);  // each has its second
  const auto verdict = come(all, 4, "b", {3, 0}, 1000);
  RS_EXPECT(verdict.admitted);
  RS_EXPECT(verdict.evicted == id(2));
  RS_EXPECT_EQ(all.size(), 3U);
}

RS_TEST(an_address_that_has_too_many_loses_its_own) {
  PlainConnections all;
  RS_EXPECT(come(all, 1, "a", {10, 2}, 0).admitted);
  RS_EXPECT(come(all, 2, "b", {10, 2}, 0).admitted);
  RS_EXPECT(come(all, 3, "b", {10, 2}, 0).admitted);
  RS_EXPECT(!come(all, 4, "b", {10, 2}, 10).admitted);
  RS_EXPECT(come(all, 5, "c", {10, 2}, 10).admitted);
  RS_EXPECT(come(all, 6, "b", {10, 2}, 2000).evicted == id(2));
  all.remove(id(3));
  RS_EXPECT(come(all, 7, "b", {10, 2}, 2000).evicted == nullptr);
}

RS_TEST(without_limits_all_come_and_what_is_unknown_is_ignored) {
  PlainConnections all;
  for (std::uintptr_t n = 1; n <= 1000; ++n) {
    RS_EXPECT(come(all, n, "a", {0, 0}, 0).admitted);
  }
  all.remove(id(5000));
  all.touch(id(5000), at(0));
  for (std::uintptr_t n = 1; n <= 1000; ++n) {
    all.remove(id(n));
    all.remove(id(n));
  }
  RS_EXPECT_EQ(all.size(), 0U);
}

RS_TEST(an_ipv6_network_counts_as_one_and_ipv4_in_ipv6_as_ipv4) {
  RS_EXPECT_EQ(counted_v6("2001:db8:1:2:3:4:5:6"), counted_v6("2001:db8:1:2::1"));
  RS_EXPECT(counted_v6("2001:db8:1:2::1") != counted_v6("2001:db8:1:3::1"));
  RS_EXPECT_EQ(counted_v6("::ffff:192.0.2.7"), "192.0.2.7");
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
  RS_EXPECT_EQ(counted_address(&v4), "192.0.2.7");
}
