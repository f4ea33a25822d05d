// Who may send.
#include "worker/net/peer.hpp"

#include <unistd.h>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

PeerRules rules(std::vector<std::string> users, std::vector<std::string> groups) {
  WorkerOptions options;
  options.allow_users = std::move(users);
  options.allow_groups = std::move(groups);
  return RS_UNWRAP(PeerRules::make(options));
}

RS_TEST(the_kernel_says_who_is_at_the_other_end) {
  int fds[2];
  RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const UniqueFd a(fds[0]);
  const UniqueFd b(fds[1]);
  const auto peer = peer_of(a.get());
  RS_EXPECT(peer.has_value());
  RS_EXPECT_EQ(peer->pid, ::getpid());
  RS_EXPECT_EQ(peer->uid, ::getuid());
  RS_EXPECT_EQ(peer->gid, ::getgid());
}

RS_TEST(empty_lists_leave_it_to_the_file_mode) {
  RS_EXPECT(rules({}, {}).allows_all());
  RS_EXPECT(rules({}, {}).allows({1, 12345, 12345, {}}));
}

RS_TEST(one_match_of_either_list_is_enough) {
  const PeerRules some = rules({"root", "4242"}, {"5151"});
  RS_EXPECT(some.allows({1, 0, 99, {}}));
  RS_EXPECT(some.allows({1, 4242, 99, {}}));
  RS_EXPECT(some.allows({1, 7, 5151, {}}));
  RS_EXPECT(some.allows({1, 7, 99, {98, 5151}}));
  RS_EXPECT(!some.allows({1, 7, 99, {98}}));
}

RS_TEST(root_is_no_exception) { RS_EXPECT(!rules({"4242"}, {}).allows({1, 0, 0, {0}})); }

RS_TEST(who_does_not_exist_is_an_error) {
  WorkerOptions options;
  options.allow_users = {"no-such-user"};
  RS_EXPECT_CONTAINS(PeerRules::make(options).error().message,
                     "events.allow_users: there is no user \"no-such-user\"");
  options.allow_users = {};
  options.allow_groups = {"no-such-group"};
  RS_EXPECT_CONTAINS(PeerRules::make(options).error().message, "events.allow_groups");
}

}  // namespace
