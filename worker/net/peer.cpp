// SO_PEERGROUPS reports the supplementary groups into a buffer of our size, and fails with ERANGE if
// that is too small; hence the loop.
#include "worker/net/peer.hpp"

#include <cerrno>
#include <cstring>

namespace ringside {
namespace {

constexpr int kMaxGroups = 65'536;  // NGROUPS_MAX of Linux

}  // namespace

std::optional<Peer> peer_of(int fd) {
  ucred credentials{};
  socklen_t n = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &n) != 0) {
    return std::nullopt;
  }
  Peer peer{credentials.pid, credentials.uid, credentials.gid, std::vector<gid_t>(64)};
  for (;;) {
    socklen_t n_bytes = static_cast<socklen_t>(peer.groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &n_bytes) == 0) {
      peer.groups.resize(n_bytes / sizeof(gid_t));
      return peer;
    }
    if (errno != ERANGE || peer.groups.size() >= kMaxGroups) {
      peer.groups.clear();
      return peer;
    }
    peer.groups.resize(n_bytes / sizeof(gid_t));
  }
}

std::optional<Peer> peer_of(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials{};
      std::memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
      return Peer{credentials.pid, credentials.uid, credentials.gid, {}};
    }
  }
  return std::nullopt;
}

}  // namespace ringside
