#pragma once
// PeerRules: which local users may send events (events.allow_users and events.allow_groups).
//
// Threads: one; the look-ups use getpwnam(3) and getgrnam(3), which may ask a directory server.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace ringside {

// A process at the other end of a Unix socket, as the kernel reports it.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary groups, where the kernel reports them
};

// Empty lists allow every process that the socket's file mode admits. Otherwise one match of either
// list is enough, also for root. A group matches processes whose primary group it is, its members
// in the user database, and processes that have it as a supplementary group.
class PeerRules {
 public:
  // `users` and `groups`: names or numeric ids.
  //   Errors: a user or group that does not exist.
  [[nodiscard]] static Result<PeerRules> make(const std::vector<std::string>& users,
                                              const std::vector<std::string>& groups);

  [[nodiscard]] bool allows(const Peer& peer) const noexcept;
  [[nodiscard]] bool allows_all() const noexcept { return uids_.empty() && gids_.empty(); }

 private:
  std::vector<uid_t> uids_;
  std::vector<gid_t> gids_;
};

}  // namespace ringside
