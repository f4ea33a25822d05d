// A name is compared without its port: rebinding changes names, and ports are changed by every proxy and container.
#include "module/host_names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "core/base/text.hpp"

namespace ringside {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

struct Authority {
  std::string host;  // lower case; an IPv6 address in its brackets
  std::string_view port;
};

Authority parts_of(std::string_view authority) {
  Authority parts;
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  std::string_view host = has_port ? authority.substr(0, colon) : authority;
  if (has_port) {
    parts.port = authority.substr(colon + 1);
  }
  if (host.size() > 1 && host.back() == '.') {
    host.remove_suffix(1);
  }
  parts.host = lower(host);
  return parts;
}

bool is_address(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1;
  }
  return inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

// RFC 6761 section 6.3: names below localhost are resolved to the loopback, too.
bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

std::string normal_authority(std::string_view authority, std::string_view scheme) {
  const Authority parts = parts_of(authority);
  const bool implied = parts.port.empty() || (scheme == "http" && parts.port == "80") ||
                       (scheme == "https" && parts.port == "443");
  return implied ? parts.host : parts.host + ":" + std::string(parts.port);
}

bool is_same_host(std::string_view origin, std::string_view host) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || host.empty()) {
    return false;  // "null"
  }
  const std::string scheme = lower(origin.substr(0, scheme_end));
  return normal_authority(origin.substr(scheme_end + 3), scheme) == normal_authority(host, scheme);
}

bool is_same_origin(std::string_view a, std::string_view b) {
  if (equals_ignoring_case(a, b)) {
    return true;
  }
  const auto scheme_end = a.find("://");
  return scheme_end != std::string_view::npos && scheme_end == b.find("://") &&
         equals_ignoring_case(a.substr(0, scheme_end), b.substr(0, scheme_end)) &&
         is_same_host(a, b.substr(scheme_end + 3));
}

HostNames::HostNames(const std::vector<std::string>& allowed) : restricted_(!allowed.empty()) {
  for (const std::string& name : allowed) {
    add_own(name);
  }
}

void HostNames::add_own(std::string_view name) {
  if (!name.empty()) {
    names_.push_back(parts_of(name).host);
  }
}

bool HostNames::is_known(std::string_view host) const {
  if (host.empty()) {
    return true;
  }
  const std::string name = parts_of(host).host;
  return is_address(name) || is_localhost(name) || std::ranges::find(names_, name) != names_.end();
}

}  // namespace ringside
