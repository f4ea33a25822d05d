// Numeric addresses with a port; anything that would need a look-up is refused.
#include "core/base/socket_address.hpp"

#include <netinet/in.h>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

int port_of(const SocketAddress& address) {
  return ntohs(address.storage.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address.storage).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address.storage).sin_port);
}

}  // namespace

RS_TEST(both_families_are_read_with_their_port) {
  const SocketAddress v4 = RS_UNWRAP(parse_socket_address("192.0.2.1:8125"));
  RS_EXPECT_EQ(v4.storage.ss_family, AF_INET);
  RS_EXPECT_EQ(port_of(v4), 8125);
  RS_EXPECT(!v4.is_loopback);
  const SocketAddress v6 = RS_UNWRAP(parse_socket_address("[2001:db8::1]:1"));
  RS_EXPECT_EQ(v6.storage.ss_family, AF_INET6);
  RS_EXPECT_EQ(port_of(v6), 1);
  RS_EXPECT(!v6.is_loopback);
}

RS_TEST(without_a_host_it_is_the_loopback_address) {
  for (const char* text : {"8125", ":8125", "localhost:8125", "127.1.2.3:8125", "[::1]:8125"}) {
    RS_EXPECT(RS_UNWRAP(parse_socket_address(text)).is_loopback);
  }
}

RS_TEST(what_is_not_an_address_is_refused_with_an_example) {
  for (const char* text : {"", "everywhere", "127.0.0.1:", "127.0.0.1:65536", "1:2:3",
                           "h.example:1", "[127.0.0.1]:1", "[::1]", "127.0.0.1:-1"}) {
    RS_EXPECT(!parse_socket_address(text));
  }
  RS_EXPECT_CONTAINS(parse_socket_address("everywhere").error().message, "127.0.0.1:8125");
}
