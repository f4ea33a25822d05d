#pragma once
// The list of connections as JSON, for `ringside connections` and GET /admin/connections, which give the same:
// conf/schemas/http/connections.schema.json.  Threads: pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/control/control_segment.hpp"

namespace ringside {

// {"connections":[{"id":...},...],"left_out":0,"unlisted":0}. Names come from peers: what is no UTF-8 is repaired, nothing else.
[[nodiscard]] std::string connections_json(const ControlSegment& control, std::size_t limit,
                                           const std::optional<std::string>& user);

// "f94674b168511cfe", as `welcome` names a connection.
[[nodiscard]] std::string connection_id_text(std::uint64_t id);
// Nothing for a text that is no such id.
[[nodiscard]] std::optional<std::uint64_t> connection_id_in(std::string_view text);

// By the numbers of Endpoint, IngestKind and Transport, which this layer does not know; "?" for others.
[[nodiscard]] std::string_view endpoint_name(std::uint8_t endpoint) noexcept;
[[nodiscard]] std::string_view transport_name(std::uint8_t transport) noexcept;

}  // namespace ringside
