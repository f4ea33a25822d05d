// Connections are handed over as they come; a stop takes those that came before it.
#include "worker/net/stream_server.hpp"

#include <sys/resource.h>

#include <vector>

#include "tests/unit/worker/net/listener_fixture.hpp"

using namespace ringside;

namespace {

struct Fixture : test::ListenerFixture {
  std::vector<UniqueFd> accepted;
  std::unique_ptr<StreamServer> server = std::make_unique<StreamServer>(
      *loop(), bind(SOCK_STREAM), [this](UniqueFd fd) { accepted.push_back(std::move(fd)); });
};

// Lets the process have no further descriptor, as long as it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    RS_EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    RS_EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { (void)::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

RS_TEST(each_connection_is_handed_over_non_blocking) {
  Fixture f;
  RS_EXPECT_OK(f.server->start());
  const UniqueFd one = f.connect(SOCK_STREAM);
  const UniqueFd two = f.connect(SOCK_STREAM);
  RS_RUN_UNTIL(f, f.accepted.size() == 2);
  char byte = 0;
  RS_EXPECT_EQ(::recv(f.accepted[0].get(), &byte, 1, 0), -1);
  RS_EXPECT_EQ(errno, EAGAIN);
}

RS_TEST(what_connected_before_a_stop_is_handed_over_and_nothing_after) {
  Fixture f;
  RS_EXPECT_OK(f.server->start());
  std::vector<UniqueFd> peers;
  for (int i = 0; i < 200; ++i) {  // more than are accepted at once
    peers.push_back(f.connect(SOCK_STREAM));
    RS_EXPECT(peers.back().valid());
  }
  f.server->stop();
  RS_EXPECT_EQ(f.accepted.size(), 200u);
  RS_EXPECT(!std::filesystem::exists(f.path));
  RS_EXPECT(!f.connect(SOCK_STREAM).valid());
  f.server->stop();  // once more does nothing
}

RS_TEST(without_descriptors_it_pauses_and_goes_on_when_asked) {
#ifdef __SANITIZE_ADDRESS__
  RS_SKIP(
      "UBSan asks the kernel about memory through a pipe, and takes a refusal for a bad pointer");
#endif
  Fixture f;
  RS_EXPECT_OK(f.server->start());
  const UniqueFd peer = f.connect(SOCK_STREAM);
  {
    const NoDescriptors none;
    for (int i = 0; i < 5; ++i) {
      uv_run(f.loop(), UV_RUN_NOWAIT);
    }
  }
  RS_EXPECT(f.accepted.empty());
  uv_run(f.loop(), UV_RUN_NOWAIT);
  RS_EXPECT(f.accepted.empty());  // paused: the loop does not spin
  f.server->retry_accepting();
  RS_RUN_UNTIL(f, f.accepted.size() == 1);
}
