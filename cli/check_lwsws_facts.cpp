// What each file is right about, and all together are not: lwsws starts, and serves something else or nothing.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>

#include "cli/check_lwsws.hpp"
#include "core/base/echo.hpp"

namespace ringside::cli {
namespace {

constexpr std::string_view kPlugin = "libprotocol_ringside.so";

// The address of a socket of the kernel's list; empty for one that is not of the internet.
std::string address_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address == nullptr) {
    return {};
  }
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  return bytes != nullptr &&
                 ::inet_ntop(address->sa_family, bytes, text.data(), text.size()) != nullptr
             ? std::string(text.data())
             : std::string();
}

struct FreeAddresses {
  void operator()(ifaddrs* list) const noexcept { ::freeifaddrs(list); }
};

// Whether the machine has an interface of this name or with this address.
bool has_interface(const std::string& name) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) {
    return true;  // nothing is known
  }
  const std::unique_ptr<ifaddrs, FreeAddresses> owned(list);
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, name.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24U) == IN_LOOPBACKNET) {
    return true;  // all of 127.0.0.0/8 is this machine
  }
  if (name == "0.0.0.0" || name == "::") {
    return true;
  }
  std::string wanted = name;
  if (::inet_pton(AF_INET6, name.c_str(), &v6) == 1) {  // one spelling of many
    std::array<char, INET6_ADDRSTRLEN> text{};
    wanted = ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
  }
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (name == each->ifa_name || wanted == address_of(each->ifa_addr)) {
      return true;
    }
  }
  return false;
}

bool is_loopback(const std::string& interface) {
  return interface == "lo" || interface == "::1" || interface.starts_with("127.");
}

void check_host(const LwswsFacts::Host& host, Findings& findings) {
  if (!host.interface.empty() && !host.interface.starts_with('/') &&
      !has_interface(host.interface)) {
    findings.error(host.where,
                   fmt::format("vhost \"{}\": this machine has no interface and no address \"{}\": "
                               "nothing would listen",
                               echo(host.name), echo(host.interface)));
  }
  if (host.has_ringside && !host.has_tls && !is_loopback(host.interface) &&
      !host.interface.starts_with('/')) {
    findings.note(
        host.where,
        fmt::format("vhost \"{}\" listens on {} without TLS: tokens and events go over the "
                    "network in plain text. Add host-ssl-cert and host-ssl-key, or "
                    "\"interface\": \"127.0.0.1\" and a proxy with TLS in front",
                    echo(host.name),
                    host.interface.empty() ? "all interfaces" : echo(host.interface)));
  }
}

// lwsws chooses by the Host header among those on one port, and takes the first when none has that name.
void check_collisions(const LwswsFacts& facts, Findings& findings) {
  std::map<std::string, const LwswsFacts::Host*> names;
  std::map<std::string, const LwswsFacts::Host*> ports;
  for (const LwswsFacts::Host& host : facts.hosts) {
    if (const auto [first, is_new] = names.emplace(host.name + ":" + host.port, &host); !is_new) {
      findings.error(
          host.where,
          fmt::format("vhost \"{}\" on port {} is also in {}: only one of them is served",
                      echo(host.name), echo(host.port), first->second->where));
    } else if (const auto [other, is_first] = ports.emplace(host.port, &host);
               !is_first && !host.port.empty()) {
      findings.note(host.where, fmt::format("port {} is also in {}: the Host header of a request "
                                            "decides, and without a match the first is taken",
                                            echo(host.port), other->second->where));
    }
  }
}

void check_plugin(const std::string& dir, const LwswsFacts& facts, Findings& findings) {
  bool is_found = false;
  for (const LwswsFacts::Place& place : facts.plugin_dirs) {
    const std::string path = place.path + "/" + std::string(kPlugin);
    if (::access(path.c_str(), R_OK) == 0) {
      is_found = true;
      if (const std::string fault = findings.access_fault(path); !fault.empty()) {
        findings.error(path, fault);
      }
    }
  }
  if (is_found) {
    return;
  }
  if (facts.plugin_dirs.empty()) {
    findings.error(dir + "/conf",
                   "\"global\" has no \"plugin-dir\": add \"plugin-dir\": "
                   "\"/usr/lib/ringside/plugins\"");
  } else {
    findings.error(
        facts.plugin_dirs.front().where,
        fmt::format("plugin-dir {} does not have {}: set it to where Ringside's plugin is, "
                    "/usr/lib/ringside/plugins",
                    echo(facts.plugin_dirs.front().path), kPlugin));
  }
}

bool is_same_directory(const std::string& a, const std::string& b) {
  std::error_code failed;
  return std::filesystem::weakly_canonical(a, failed) ==
         std::filesystem::weakly_canonical(b, failed);
}

}  // namespace

void check_lwsws_facts(const std::string& dir, const LwswsFacts& facts,
                       const std::optional<std::string>& worker_run_dir, Findings& findings) {
  const bool has_tls = std::ranges::any_of(facts.hosts, &LwswsFacts::Host::has_tls);
  if (has_tls && !facts.tls_off_at.empty()) {
    findings.error(facts.tls_off_at,
                   "a virtual host has a certificate: \"init-ssl\" must be \"yes\"");
  }
  if (facts.hosts.empty()) {
    findings.error(dir + "/conf.d",
                   "no file has a virtual host in \"vhosts\": nothing would listen");
  } else if (std::ranges::none_of(facts.hosts, &LwswsFacts::Host::has_ringside)) {
    findings.error(dir + "/conf.d", "no virtual host has the protocol \"ringside-ws\"");
  }
  for (const LwswsFacts::Host& host : facts.hosts) {
    check_host(host, findings);
  }
  check_collisions(facts, findings);
  check_plugin(dir, facts, findings);
  for (const LwswsFacts::Place& run_dir : facts.run_dirs) {
    if (worker_run_dir && !is_same_directory(run_dir.path, *worker_run_dir)) {
      findings.error(run_dir.where,
                     fmt::format("run-dir is {}, and run_dir of the worker is {}: no event would "
                                 "arrive; make them equal",
                                 echo(run_dir.path), echo(*worker_run_dir)));
    }
  }
}

}  // namespace ringside::cli
