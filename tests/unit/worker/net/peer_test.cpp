// Who is at the other end.
#include "worker/net/peer.hpp"

#include <unistd.h>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

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

}  // namespace
