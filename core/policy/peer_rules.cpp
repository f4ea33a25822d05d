// Names are resolved when the configuration is read and not for each peer: a look-up may ask a
// directory server, and the worker's loop cannot wait for one.
#include "core/policy/peer_rules.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <limits>

#include "core/base/text.hpp"

namespace ringside {
namespace {

template <class Id>
[[nodiscard]] std::optional<Id> as_id(const std::string& text) {
  std::size_t number = 0;
  return parse_u64(text, number) && number < std::numeric_limits<Id>::max()
             ? std::optional(static_cast<Id>(number))
             : std::nullopt;
}

// Copies, because getpwnam() may use the memory of getgrnam().
[[nodiscard]] std::vector<std::string> members_of(const group* found) {
  std::vector<std::string> members;
  for (char** member = found != nullptr ? found->gr_mem : nullptr;
       member != nullptr && *member != nullptr; ++member) {
    members.emplace_back(*member);
  }
  return members;
}

}  // namespace

Result<PeerRules> PeerRules::make(const std::vector<std::string>& users,
                                  const std::vector<std::string>& groups) {
  PeerRules rules;
  for (const std::string& name : users) {
    const passwd* const user = ::getpwnam(name.c_str());
    const auto uid = user != nullptr ? std::optional(user->pw_uid) : as_id<uid_t>(name);
    if (!uid) {
      return fail(
          fmt::format("events.allow_users: there is no user \"{}\"", escape_controls(name)));
    }
    rules.uids_.push_back(*uid);
  }
  for (const std::string& name : groups) {
    const group* found = ::getgrnam(name.c_str());
    const auto gid = found != nullptr ? std::optional(found->gr_gid) : as_id<gid_t>(name);
    if (!gid) {
      return fail(
          fmt::format("events.allow_groups: there is no group \"{}\"", escape_controls(name)));
    }
    rules.gids_.push_back(*gid);
    for (const std::string& member : members_of(found != nullptr ? found : ::getgrgid(*gid))) {
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
