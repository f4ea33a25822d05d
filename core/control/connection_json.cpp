// Endpoints and transports are numbers in the segment. Their names are repeated here, and the test compares them with the tables
// of core/proto.
#include "core/control/connection_json.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/base/json.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::array<std::string_view, 6> kEndpoints{"/ws",     "/metrics", "/logs",
                                                     "/events", "/v1/logs", "/v1/metrics"};
constexpr std::array<std::string_view, 4> kTransports{"websocket", "event-stream", "json-lines",
                                                      "request"};
constexpr std::size_t kIdDigits = 16;

Json json_of(const ConnectionInfo& info) {
  Json roles = Json::array();
  for (const std::string_view role : split(info.roles, ',')) {
    if (!trim(role).empty()) {
      roles.append(trim(role));
    }
  }
  Json out = Json::object();
  out.set("id", connection_id_text(info.id))
      .set("user", info.user)
      .set("roles", roles)
      .set("address", info.address)
      .set("endpoint", endpoint_name(info.endpoint))
      .set("transport", transport_name(info.transport))
      .set("view", fmt::format("{:08x}", info.numbers.view & 0xFFFFFFFFU))
      .set("since", format_rfc3339(info.since))
      .set("behind", info.numbers.behind)
      .set("sent", info.numbers.sent)
      .set("bytes", info.numbers.bytes)
      .set("missed", info.numbers.missed)
      .set("pid", static_cast<std::int64_t>(info.pid));
  return out;
}

}  // namespace

std::string connections_json(const ControlSegment& control, std::size_t limit,
                             const std::optional<std::string>& user) {
  const ConnectionList list = control.connections(limit, user);
  Json rows = Json::array();
  for (const ConnectionInfo& info : list.connections) {
    rows.append(json_of(info));
  }
  Json out = Json::object();
  out.set("connections", rows)
      .set("left_out", list.n_left_out)
      .set("unlisted", control.total(Counter::kConnectionsUnlisted));
  return out.dump();
}

std::string connection_id_text(std::uint64_t id) { return fmt::format("{:016x}", id); }

std::optional<std::uint64_t> connection_id_in(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  return text.size() == kIdDigits && error == std::errc() && end == text.data() + text.size()
             ? std::optional(id)
             : std::nullopt;
}

std::string_view endpoint_name(std::uint8_t endpoint) noexcept {
  return endpoint < kEndpoints.size() ? kEndpoints[endpoint] : "?";
}

std::string_view transport_name(std::uint8_t transport) noexcept {
  return transport < kTransports.size() ? kTransports[transport] : "?";
}

}  // namespace ringside
