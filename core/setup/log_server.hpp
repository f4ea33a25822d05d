#pragma once
// LogServer: what a NATS server says of itself before anybody signs in. The worker and `ringside check` look at it first,
// because an old server loses events (docs/cluster.md, "Which servers").
//
// Threads: any; ask_log_server() waits.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace ringside {

inline constexpr std::string_view kOldestLogServer = "2.10.27";

struct LogServerAddress {
  bool tls = false;
  std::string host;
  std::uint16_t port = 4222;
};
// Of "nats://host:port" or "tls://host:port". The port may be missing; a user is not allowed here. Errors: anything else.
[[nodiscard]] Result<LogServerAddress> parse_log_server(std::string_view url);

struct LogServer {
  std::string name;
  std::string version;
  bool has_jetstream = false;
  bool requires_tls = false;
  std::uint64_t max_payload = 0;
};
// What a server says when one connects: the line "INFO {...}". Errors: not such a line.
[[nodiscard]] Result<LogServer> parse_log_server_info(std::string_view line);
// Errors: cannot connect, or nothing that is a NATS server, within `timeout` for each of both.
[[nodiscard]] Result<LogServer> ask_log_server(const LogServerAddress& address,
                                               std::chrono::milliseconds timeout);

// Why events cannot be entrusted to this server, with the remedy. Errors: too old, no JetStream.
[[nodiscard]] Status check_log_server(const LogServer& server);
// Whether version `a` is before `b`; numbers with dots, whatever follows a '-' counts as before the release.
[[nodiscard]] bool is_older_version(std::string_view a, std::string_view b);

}  // namespace ringside
