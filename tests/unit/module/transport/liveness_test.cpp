#include "module/transport/liveness.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "core/base/unique_fd.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr std::chrono::seconds kPatience{10};

MonoTime at(int seconds) { return MonoTime(std::chrono::seconds(1000 + seconds)); }

}  // namespace

RS_TEST(with_nothing_to_send_and_no_ping_a_peer_may_be_silent_for_ever) {
  Liveness peer;
  peer.start(at(0));
  for (int t = 0; t < 1000; t += 7) {
    RS_EXPECT(peer.is_alive(at(t), {0, false}, kPatience));
  }
}

RS_TEST(bytes_that_move_are_a_sign_of_life_and_bytes_that_wait_are_not) {
  Liveness peer;
  peer.start(at(0));
  std::uint64_t acknowledged = 0;
  for (int t = 0; t < 100; t += 5) {
    RS_EXPECT(peer.is_alive(at(t), {++acknowledged, true}, kPatience));
  }
  RS_EXPECT(peer.is_alive(at(104), {acknowledged, true}, kPatience));
  RS_EXPECT(!peer.is_alive(at(105), {acknowledged, true}, kPatience));
}

RS_TEST(a_pong_is_due_once_the_ping_was_taken) {
  Liveness peer;
  peer.start(at(0));
  peer.on_ping(at(0));
  RS_EXPECT(peer.awaits_pong());
  RS_EXPECT(peer.is_alive(at(8), {100, true}, kPatience));
  RS_EXPECT(peer.is_alive(at(16), {200, false}, kPatience));
  RS_EXPECT(peer.is_alive(at(25), {200, false}, kPatience));
  RS_EXPECT(!peer.is_alive(at(26), {200, false}, kPatience));
  peer.on_received();
  RS_EXPECT(!peer.awaits_pong());
  RS_EXPECT(peer.is_alive(at(27), {200, false}, kPatience));
}

namespace {

struct Pair {
  UniqueFd ours;
  UniqueFd peer;
};

Pair tcp_pair() {
  const UniqueFd listener(socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  Pair pair;
  RS_EXPECT(bind(listener.get(), any, size) == 0 && listen(listener.get(), 1) == 0 &&
            getsockname(listener.get(), any, &size) == 0);
  pair.peer = UniqueFd(socket(AF_INET, SOCK_STREAM, 0));
  RS_EXPECT(connect(pair.peer.get(), any, size) == 0);
  pair.ours = UniqueFd(accept(listener.get(), nullptr, nullptr));
  return pair;
}

// Sends until the socket takes no more.
void fill(int fd) {
  const std::vector<char> data(64U << 10U);
  while (send(fd, data.data(), data.size(), MSG_DONTWAIT) > 0) {
  }
}

template <class F>
bool within_seconds(F&& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::yield();
  }
  return true;
}

void expect_that_reading_is_progress(const Pair& pair) {
  fill(pair.ours.get());
  SendProgress stuck{};
  RS_EXPECT(within_seconds([&] {  // the peer's buffer fills, too
    const SendProgress now = send_progress_of(pair.ours.get());
    const bool same = now.acknowledged == stuck.acknowledged && now.pending;
    stuck = now;
    fill(pair.ours.get());
    return same;
  }));
  std::array<char, 64U << 10U> data{};
  RS_EXPECT(within_seconds([&] {
    (void)recv(pair.peer.get(), data.data(), data.size(), MSG_DONTWAIT);
    return send_progress_of(pair.ours.get()).acknowledged > stuck.acknowledged;
  }));
  RS_EXPECT(within_seconds([&] {
    (void)recv(pair.peer.get(), data.data(), data.size(), MSG_DONTWAIT);
    return !send_progress_of(pair.ours.get()).pending;
  }));
}

}  // namespace

RS_TEST(what_a_peer_reads_is_progress) {
  expect_that_reading_is_progress(tcp_pair());
  std::array<int, 2> fds{};
  RS_EXPECT(socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) == 0);
  expect_that_reading_is_progress({UniqueFd(fds[0]), UniqueFd(fds[1])});
}
