// The relay against a worker that this test is: it comes late, goes away with events half
// acknowledged, and refuses some.
#include "cli/relay.hpp"
#include "cli/worker_answer.hpp"

#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unix_listener.hpp"

using namespace ringside;
using cli::Relay;
using test::read_line;
using test::UnixListener;
using test::write_all;

namespace {

constexpr std::chrono::seconds kLong{60};
constexpr std::chrono::milliseconds kAtOnce{0};

// A worker that reads `n` events, acknowledges `n_acknowledged` of them, and hangs up.
std::vector<std::string> serve_once(const UnixListener& listener, int n, int n_acknowledged) {
  const UniqueFd peer = listener.accept();
  RS_EXPECT_CONTAINS(read_line(peer), "hello");
  std::vector<std::string> events;
  for (int i = 0; i < n; ++i) {
    events.push_back(read_line(peer));
  }
  write_all(peer, fmt::format("{{\"ack\":{}}}\n", n_acknowledged));
  return events;
}

struct Connected {
  test::TempDir dir;
  UnixListener listener{dir / "s"};
  Relay relay{dir / "s"};
  Connected() { RS_EXPECT_OK(relay.connect()); }
};

}  // namespace

RS_TEST(what_is_acknowledged_is_done_with) {
  Connected c;
  UnixListener& listener = c.listener;
  Relay& relay = c.relay;
  std::vector<std::string> got;
  std::thread worker([&] { got = serve_once(listener, 3, 3); });
  relay.send("{1}\n{2}\n");
  relay.send("{3}\n");
  const Status done = relay.finish(kLong);
  worker.join();
  RS_EXPECT_OK(done);
  RS_EXPECT_EQ(got, (std::vector<std::string>{"{1}", "{2}", "{3}"}));
  RS_EXPECT_EQ(relay.n_sent(), 3u);
}

RS_TEST(a_worker_that_goes_gets_what_it_had_not_acknowledged_when_it_is_back) {
  Connected c;
  UnixListener& listener = c.listener;
  Relay& relay = c.relay;
  relay.send("{1}\n{2}\n{3}\n");
  std::vector<std::string> first, second;
  std::thread worker([&] {
    first = serve_once(listener, 3, 2);
    second = serve_once(listener, 2, 2);
  });
  while (relay.fd() >= 0) {  // until it has seen that the worker is gone
    relay.turn();
  }
  relay.send("{4}\n");
  const Status done = relay.finish(kLong);
  worker.join();
  RS_EXPECT_OK(done);
  RS_EXPECT_EQ(first.size(), 3u);
  RS_EXPECT_EQ(second, (std::vector<std::string>{"{3}", "{4}"}));
}

RS_TEST(a_worker_that_comes_late_gets_everything) {
  const test::TempDir dir;
  Relay relay(dir / "s");
  const Status connected = relay.connect();
  RS_EXPECT(!connected);
  relay.send("{1}\n");
  RS_EXPECT(relay.waiting());
  const UnixListener listener(dir / "s");
  std::vector<std::string> got;
  std::thread worker([&] { got = serve_once(listener, 1, 1); });
  const Status done = relay.finish(kLong);
  worker.join();
  RS_EXPECT_OK(done);
  RS_EXPECT_EQ(got, (std::vector<std::string>{"{1}"}));
}

RS_TEST(a_worker_that_never_comes_is_given_up_with_the_exact_count) {
  const test::TempDir dir;
  Relay relay(dir / "s");
  const std::string many = [] {
    std::string events;
    for (std::size_t i = 0; i < Relay::kMostWaiting + 5; ++i) {
      events += "{}\n";
    }
    return events;
  }();
  relay.send(many);
  const Status done = relay.finish(kAtOnce);
  RS_EXPECT(!done);
  RS_EXPECT_CONTAINS(done.error().message,
                     fmt::format("{0} of {0} events", Relay::kMostWaiting + 5));
}

RS_TEST(a_worker_that_is_there_and_says_nothing_is_given_up_too) {
  Connected c;
  const UniqueFd peer = c.listener.accept();
  c.relay.send("{1}\n{2}\n");
  const Status done = c.relay.finish(kAtOnce);
  RS_EXPECT(!done);
  RS_EXPECT_CONTAINS(done.error().message, "2 of 2 events");
}

RS_TEST(rejections_are_counted_apart_from_refusals_of_the_connection) {
  Connected c;
  UnixListener& listener = c.listener;
  Relay& relay = c.relay;
  relay.send("{1}\n");
  std::thread worker([&] {
    const UniqueFd peer = listener.accept();
    read_line(peer);
    read_line(peer);
    write_all(peer,
              "{\"error\":\"bad_event\",\"message\":\"no\",\"line\":2}\n"
              "{\"error\":\"answers_suppressed\",\"message\":\"7 more\",\"count\":7}\n"
              "{\"error\":\"refused\",\"message\":\"not you\"}\nnot json\n{\"ack\":1}\n");
  });
  const Status done = relay.finish(kLong);
  worker.join();
  RS_EXPECT_OK(done);
  RS_EXPECT_EQ(relay.n_rejected(), 8u);
}

RS_TEST(a_worker_that_reads_nothing_makes_nobody_wait_and_the_rest_is_counted) {
  Connected c;
  const UniqueFd peer = c.listener.accept();
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += "{\"data\":\"" + std::string(1000, 'x') + "\"}\n";
  }
  for (int i = 0; i < 70; ++i) {  // 70 MB
    c.relay.send(lines);
  }
  RS_EXPECT(c.relay.n_bytes() <= Relay::kMostBytes + lines.size());
  RS_EXPECT(c.relay.n_given_up() > 0);
  RS_EXPECT_EQ(c.relay.n_given_up() + c.relay.n_waiting(), 70'000u);
  const Status done = c.relay.finish(kAtOnce);
  RS_EXPECT(!done);
  RS_EXPECT_CONTAINS(done.error().message, "70000 of 70000 events");
}

RS_TEST(what_waits_for_a_slow_worker_is_sent_when_it_reads) {
  Connected c;
  const UniqueFd peer = c.listener.accept();
  constexpr int kMany = 20'000;
  std::string lines;
  for (int i = 0; i < kMany; ++i) {
    lines += fmt::format("{{\"n\":{},\"x\":\"{}\"}}\n", i, std::string(50, 'x'));
  }
  c.relay.send(lines);
  RS_EXPECT((c.relay.wanted() & POLLOUT) != 0);
  std::string got;
  std::thread worker([&] {
    char buffer[65536];
    for (ssize_t n = 1; n > 0 && std::count(got.begin(), got.end(), '\n') <= kMany;) {
      n = ::recv(peer.get(), buffer, sizeof buffer, 0);
      got.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    write_all(peer, fmt::format("{{\"ack\":{}}}\n", kMany));
  });
  const Status done = c.relay.finish(kLong);
  worker.join();
  RS_EXPECT_OK(done);
  RS_EXPECT_EQ(got.substr(got.find('\n') + 1), lines);
}

// All that a connection was given until its end.
std::string rest_of(const UniqueFd& peer) {
  std::string all(1U << 20U, '\0');
  std::size_t n = 0;
  for (ssize_t got = 1; got > 0; n += static_cast<std::size_t>(std::max<ssize_t>(got, 0))) {
    all.resize(n + (1U << 20U));
    got = ::recv(peer.get(), all.data() + n, all.size() - n, 0);
  }
  all.resize(n);
  return all;
}

constexpr std::string_view kWill = "{\"type\":\"will\",\"events\":[{1}]}\n";

RS_TEST(a_will_is_said_first_and_withdrawn_after_all_events) {
  const test::TempDir dir;
  const UnixListener listener(dir / "s");
  Relay relay(dir / "s");
  relay.set_will(std::string(kWill));
  RS_EXPECT_OK(relay.connect());
  const UniqueFd peer = listener.accept();
  relay.send("{2}\n");
  RS_EXPECT(!relay.finish(kAtOnce));  // not acknowledged, but all of it was written
  RS_EXPECT_EQ(rest_of(peer), std::string(cli::kAskForAnswers) + std::string(kWill) + "{2}\n" +
                                  std::string(cli::kNoWill));
}

RS_TEST(a_will_stands_when_a_worker_did_not_take_the_last_events) {
  const test::TempDir dir;
  const UnixListener listener(dir / "s");
  Relay relay(dir / "s");
  relay.set_will(std::string(kWill));
  RS_EXPECT_OK(relay.connect());
  const UniqueFd peer = listener.accept();
  relay.send(std::string(4U << 20U, 'x') + "\n");  // more than a socket takes
  RS_EXPECT(!relay.finish(kAtOnce));
  const std::string got = rest_of(peer);
  RS_EXPECT_CONTAINS(got.substr(0, 200), kWill);
  RS_EXPECT_NOT_CONTAINS(got.substr(200), "will");
}
