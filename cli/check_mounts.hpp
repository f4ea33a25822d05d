#pragma once
// The mounts of a virtual host: where each leads, and which paths of Ringside have none. Threads: one.

#include <string>
#include <vector>

#include "cli/check_lwsws.hpp"
#include "cli/lwsws_value.hpp"

namespace ringside::cli {

// `path` is the file that the virtual host is in, `protocols` what its "ws-protocols" names.
void check_mounts(const std::string& path, LwswsValue vhost, const LwswsFacts::Host& host,
                  const std::vector<std::string>& protocols, Findings& findings);

}  // namespace ringside::cli
