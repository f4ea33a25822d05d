#pragma once
// What administrators ask over HTTP: who is connected, and to cut connections. For the roles of the option admin-role.
//
//   GET  /admin/connections?user=U&limit=N     {"connections":[...],"left_out":0,"unlisted":0}
//   POST /admin/disconnect?id=ID  or ?user=U   {"requested":true}
//
// Threads: the lws service thread only.

#include "module/probes.hpp"
#include "module/vhost.hpp"

namespace ringside {

// Whether the path is one of these.
[[nodiscard]] bool is_admin_path(std::string_view path) noexcept;
[[nodiscard]] HttpAnswer answer_admin(const HttpRequest& request, Vhost& vhost);

}  // namespace ringside
