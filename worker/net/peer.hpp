#pragma once
// Who is at the other end of a socket, by the kernel's word, and whether they may send. Threads:
// one.

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/config/worker_options.hpp"

namespace ringside {

struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary ones, where the kernel tells them
};

// Of a connected stream socket (SO_PEERCRED, SO_PEERGROUPS).
[[nodiscard]] std::optional<Peer> peer_of(int fd);
// Of a received datagram (SCM_CREDENTIALS); needs SO_PASSCRED on the socket.
[[nodiscard]] std::optional<Peer> peer_of(msghdr& message);

// events.allow_users and events.allow_groups. Empty lists allow everybody whom the file mode lets
// in; else one match of either is enough, for root as for anyone. A group means those whose primary
// group it is, its members in the user database, and who the kernel says is in it.
class PeerRules {
 public:
  // Errors: a user or group that does not exist.
  [[nodiscard]] static Result<PeerRules> make(const WorkerOptions& options);

  [[nodiscard]] bool allows(const Peer& peer) const noexcept;
  [[nodiscard]] bool allows_all() const noexcept { return uids_.empty() && gids_.empty(); }

 private:
  std::vector<uid_t> uids_;
  std::vector<gid_t> gids_;
};

}  // namespace ringside
