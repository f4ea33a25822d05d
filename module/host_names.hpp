#pragma once
// The names under which requests reach this server: Host, and the origin of a browser page.
//
// The danger is DNS rebinding. A page of evil.example, in a browser on the inside, lets its name point to our address.
// Its requests then are of the "same origin", so the browser shows it the answers, and Host says evil.example. A token
// protects WebSockets against that, since the page has none; what is answered without a token is not protected. Whether a
// foreign name is an attack or the public name at a proxy in front cannot be told from the request. So:
//
//   - with the option allowed-hosts, requests under any other name are refused with 421, whatever they ask for;
//   - without it, any name may ask, but the numbers of /metrics and the details of /readyz are given only under a name
//     that cannot be rebound: an address, localhost, the name of the virtual host, the name of the machine.
//
// Threads: pure; known names are added before requests come.

#include <string>
#include <string_view>
#include <vector>

namespace ringside {

// "host" or "host:port" in lower case, without the port that `scheme` (http or https) implies and without the dot at the
// end of a name.
[[nodiscard]] std::string normal_authority(std::string_view authority, std::string_view scheme);

// Whether a page of `origin` (RFC 6454) is of the host that the request names in Host.
[[nodiscard]] bool is_same_host(std::string_view origin, std::string_view host);

// Whether two origins are the same, one with the port that its scheme implies and the other without it perhaps.
[[nodiscard]] bool is_same_origin(std::string_view a, std::string_view b);

class HostNames {
 public:
  // `allowed`: the option allowed-hosts, names with or without a port.
  explicit HostNames(const std::vector<std::string>& allowed);

  // A name that is this server's own, such as the virtual host's.
  void add_own(std::string_view name);

  // An address, localhost, one of our own or of those allowed; also no Host at all, which HTTP/1.0 may leave out.
  [[nodiscard]] bool is_known(std::string_view host) const;
  // Whether requests under this name are answered at all.
  [[nodiscard]] bool may_ask(std::string_view host) const { return !restricted_ || is_known(host); }

 private:
  std::vector<std::string> names_;  // normal, with a port where the option has one
  bool restricted_;
};

}  // namespace ringside
