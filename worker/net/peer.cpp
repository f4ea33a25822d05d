// Names are resolved when the configuration is read and not for each peer: a look-up may ask a
// directory server, and the loop cannot wait.
#include "worker/net/peer.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr int kMaxGroups = 65'536;  // NGROUPS_MAX of Linux

template <class Id>
[[nodiscard]] std::optional<Id> as_id(const std::string& text) {
  std::size_t number = 0;
  return parse_u64(text, number) && number < std::numeric_limits<Id>::max()
             ? std::optional(static_cast<Id>(number))
             : std::nullopt;
}

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

Result<PeerRules> PeerRules::make(const WorkerOptions& options) {
  PeerRules rules;
  for (const std::string& name : options.allow_users) {
    const passwd* const user = ::getpwnam(name.c_str());
    const auto uid = user != nullptr ? std::optional(user->pw_uid) : as_id<uid_t>(name);
    if (!uid) {
      return fail(fmt::format("events.allow_users: there is no user \"{}\"", name));
    }
    rules.uids_.push_back(*uid);
  }
  for (const std::string& name : options.allow_groups) {
    const group* found = ::getgrnam(name.c_str());
    const auto gid = found != nullptr ? std::optional(found->gr_gid) : as_id<gid_t>(name);
    if (!gid) {
      return fail(fmt::format("events.allow_groups: there is no group \"{}\"", name));
    }
    rules.gids_.push_back(*gid);
    found = found != nullptr ? found : ::getgrgid(*gid);
    std::vector<std::string> members;  // copied: getpwnam may use the same memory
    for (char** member = found != nullptr ? found->gr_mem : nullptr;
         member != nullptr && *member != nullptr; ++member) {
      members.emplace_back(*member);
    }
    for (const std::string& member : members) {
      if (const passwd* const user = ::getpwnam(member.c_str()); user != nullptr) {
        rules.uids_.push_back(user->pw_uid);
      }
    }
  }
  return rules;
}

bool PeerRules::allows(const Peer& peer) const noexcept {
  const auto is_in = [this](gid_t gid) { return std::ranges::find(gids_, gid) != gids_.end(); };
  return allows_all() || std::ranges::find(uids_, peer.uid) != uids_.end() || is_in(peer.gid) ||
         std::ranges::any_of(peer.groups, is_in);
}

}  // namespace ringside
