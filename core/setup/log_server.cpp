// The client library does not tell the server's version, and the server sends it first thing, in the clear also where TLS
// follows. So it is read from a connection of our own, which is closed again.
#include "core/setup/log_server.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxInfoBytes = 64U << 10U;

[[nodiscard]] bool wait_for(int fd, short events, std::chrono::milliseconds timeout) {
  pollfd wanted{fd, events, 0};
  return ::poll(&wanted, 1, static_cast<int>(timeout.count())) == 1;
}

[[nodiscard]] Result<UniqueFd> connect_to(const LogServerAddress& address,
                                          std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code =
          ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
      code != 0) {
    return fail(fmt::format("{}: {}", address.host, ::gai_strerror(code)));
  }
  int error = EHOSTUNREACH;
  UniqueFd connected;
  for (const addrinfo* at = found; at != nullptr && !connected.valid(); at = at->ai_next) {
    UniqueFd fd(::socket(at->ai_family, at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), at->ai_addr, at->ai_addrlen) != 0 && errno != EINPROGRESS) {
      error = errno;
      continue;
    }
    socklen_t size = sizeof error;
    if (!wait_for(fd.get(), POLLOUT, timeout)) {
      error = ETIMEDOUT;
    } else if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
      connected = std::move(fd);
    }
  }
  ::freeaddrinfo(found);
  errno = error;
  return connected.valid() ? Result<UniqueFd>(std::move(connected))
                           : fail_errno(fmt::format("{}:{}", address.host, address.port));
}

}  // namespace

Result<LogServerAddress> parse_log_server(std::string_view url) {
  LogServerAddress address;
  const auto wrong = [url](std::string_view why) {
    return fail(fmt::format("\"{}\" {}", escape_controls(url), why));
  };
  std::string_view rest = url;
  if (rest.starts_with("tls://")) {
    address.tls = true;
    rest.remove_prefix(6);
  } else if (rest.starts_with("nats://")) {
    rest.remove_prefix(7);
  } else {
    return wrong("must begin with tls:// or nats://");
  }
  if (rest.find('@') != std::string_view::npos) {
    return wrong("must not have a user or a password: see cluster.user");
  }
  const bool is_ipv6 = rest.starts_with('[');
  const std::size_t end = is_ipv6 ? rest.find(']') : rest.find(':');
  if (is_ipv6 && end == std::string_view::npos) {
    return wrong("has no valid host");
  }
  address.host = rest.substr(is_ipv6 ? 1 : 0, is_ipv6 ? end - 1 : end);
  rest.remove_prefix(
      std::min(rest.size(), is_ipv6 && end != std::string_view::npos ? end + 1 : end));
  if (!rest.empty()) {
    const auto [after, code] =
        std::from_chars(rest.data() + 1, rest.data() + rest.size(), address.port);
    if (rest.front() != ':' || code != std::errc() || after != rest.data() + rest.size() ||
        address.port == 0) {
      return wrong("has no valid port");
    }
  }
  constexpr std::string_view kNotInHosts = " /\\\"'?#,";
  if (address.host.empty() || address.host.find_first_of(kNotInHosts) != std::string::npos) {
    return wrong("has no valid host");
  }
  return address;
}

Result<LogServer> parse_log_server_info(std::string_view line) {
  constexpr std::string_view kStart = "INFO ";
  if (!line.starts_with(kStart)) {
    return fail("is not a NATS server: its first line does not begin with INFO");
  }
  const auto info = Json::parse(trim(line.substr(kStart.size())));
  if (!info) {
    return fail("says nothing that can be read: " + info.error().message);
  }
  LogServer server;
  server.name = (*info)["server_name"].as_string().value_or("");
  server.version = (*info)["version"].as_string().value_or("");
  server.has_jetstream = (*info)["jetstream"].as_bool().value_or(false);
  server.requires_tls = (*info)["tls_required"].as_bool().value_or(false);
  server.max_payload = static_cast<std::uint64_t>((*info)["max_payload"].as_integer().value_or(0));
  return server;
}

Result<LogServer> ask_log_server(const LogServerAddress& address,
                                 std::chrono::milliseconds timeout) {
  const std::string context = "cannot ask the log server";
  const auto fd = connect_to(address, timeout);
  if (!fd) {
    return fail_from(fd.error(), context);
  }
  std::string line;
  std::array<char, 4096> buffer;
  while (line.find('\n') == std::string::npos && line.size() < kMaxInfoBytes) {
    if (!wait_for(fd->get(), POLLIN, timeout)) {
      return fail(
          fmt::format("{}: {}:{}: says nothing; with tls.handshake_first its version "
                      "cannot be told: remove that setting",
                      context, address.host, address.port));
    }
    const ssize_t n = ::recv(fd->get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) {
      return fail(
          fmt::format("{}: {}:{}: closed the connection", context, address.host, address.port));
    }
    line.append(buffer.data(), static_cast<std::size_t>(n));
  }
  auto server = parse_log_server_info(line);
  return server ? std::move(server)
                : fail_from(server.error(),
                            fmt::format("{}: {}:{}", context, address.host, address.port));
}

bool is_older_version(std::string_view a, std::string_view b) {
  const auto numbers = [](std::string_view text) {
    std::array<unsigned, 4> out{};
    const std::string_view release = text.substr(0, text.find('-'));
    std::size_t i = 0;
    for (const std::string_view part : split(release, '.')) {
      if (i < 3) {
        (void)std::from_chars(part.data(), part.data() + part.size(), out[i++]);
      }
    }
    out[3] = release.size() == text.size() ? 1 : 0;
    return out;
  };
  return numbers(a) < numbers(b);
}

Status check_log_server(const LogServer& server) {
  if (server.version.empty() || is_older_version(server.version, kOldestLogServer)) {
    return fail(fmt::format(
        "log server {} is nats-server {}, which can lose events that it has confirmed: install "
        "{} or later (Debian 13 has it, and its package runs on Debian 12)",
        server.name, server.version.empty() ? "of an unknown version" : server.version,
        kOldestLogServer));
  }
  if (!server.has_jetstream) {
    return fail(fmt::format(
        "log server {} has no JetStream: add `jetstream {{ store_dir: ... }}` to its configuration",
        server.name));
  }
  return {};
}

}  // namespace ringside
