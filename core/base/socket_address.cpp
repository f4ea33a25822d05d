// Here and not next to the socket, because `ringside check` refuses the addresses that the worker
// could not use, and does not link the worker.
#include "core/base/socket_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>
#include <string>

#include "core/base/text.hpp"

namespace ringside {

Result<SocketAddress> parse_socket_address(std::string_view text) {
  const auto colon = text.rfind(':');
  const std::string_view port_text =
      colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::string host(colon == std::string_view::npos ? std::string_view() : text.substr(0, colon));
  std::size_t port = 0;
  if (!parse_u64(port_text, port) || port > 65535) {
    return fail("\"" + std::string(text) +
                "\" is not an address and port, as in 127.0.0.1:8125 or [::1]:8125");
  }
  SocketAddress address;
  const bool is_v6 = host.starts_with('[') && host.ends_with(']');
  if (is_v6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(static_cast<std::uint16_t>(port));
    address.length = sizeof *in6;
    if (::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &in6->sin6_addr) != 1) {
      return fail("\"" + host + "\" is not an IPv6 address");
    }
    address.is_loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) != 0;
    return address;
  }
  host = host.empty() || host == "localhost" ? "127.0.0.1" : host;
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  in->sin_family = AF_INET;
  in->sin_port = htons(static_cast<std::uint16_t>(port));
  address.length = sizeof *in;
  if (::inet_pton(AF_INET, host.c_str(), &in->sin_addr) != 1) {
    return fail("\"" + host + "\" is not an IPv4 address");
  }
  address.is_loopback = (ntohl(in->sin_addr.s_addr) >> 24U) == 127;
  return address;
}

}  // namespace ringside
