// events.dgram: one event in each datagram, from allowed senders, up to the longest event.
#include "worker/net/datagram_listener.hpp"

#include <unistd.h>

#include "tests/unit/worker/net/listener_fixture.hpp"

using namespace ringside;
using ringside::test::kEvent;
using ringside::test::send;

namespace {

struct Fixture : test::ListenerFixture {
  std::unique_ptr<DatagramListener> listener =
      std::make_unique<DatagramListener>(*loop(), bind(SOCK_DGRAM), pipeline, *control);
  UniqueFd peer;

  Fixture() {
    RS_EXPECT_OK(listener->start());
    peer = connect(SOCK_DGRAM);
    RS_EXPECT(peer.valid());
  }
};

std::string event_of(std::size_t n_bytes) {
  const std::string begin = "{\"event_type\":\"Any\",\"data\":{\"t\":\"";
  const std::string end = "\"}}";
  return begin + std::string(n_bytes - begin.size() - end.size(), 'x') + end;
}

}  // namespace

RS_TEST(each_datagram_is_an_event_and_newlines_in_it_are_space) {
  Fixture f;
  RS_EXPECT(send(f.peer, kEvent));
  RS_EXPECT(send(f.peer, "{\"event_type\":\"Any\",\n\"data\":{}}"));
  RS_RUN_UNTIL(f, f.n_events() == 2);
  RS_EXPECT_EQ(f.n_rejected(), 0u);
}

RS_TEST(empty_datagrams_are_no_events_and_no_errors) {
  Fixture f;
  RS_EXPECT(send(f.peer, ""));
  RS_EXPECT(send(f.peer, " \r\n"));
  RS_EXPECT(send(f.peer, kEvent));
  RS_RUN_UNTIL(f, f.n_events() == 1);
  RS_EXPECT_EQ(f.n_rejected(), 0u);
}

RS_TEST(the_longest_event_is_taken_and_one_byte_more_is_refused) {
  Fixture f;
  RS_EXPECT(send(f.peer, event_of(1024)));
  RS_RUN_UNTIL(f, f.n_events() == 1);
  RS_EXPECT(send(f.peer, event_of(1025)));
  RS_RUN_UNTIL(f, f.n_rejected() == 1);
  RS_EXPECT_EQ(f.n_events(), 1u);
}

RS_TEST(a_reload_applies_the_new_length) {
  Fixture f;
  f.set_limits({.max_event_bytes = 2048, .max_depth = 32});
  f.listener->set_rules({});
  RS_EXPECT(send(f.peer, event_of(2048)));
  RS_RUN_UNTIL(f, f.n_events() == 1);
  RS_EXPECT(send(f.peer, event_of(2049)));
  RS_RUN_UNTIL(f, f.n_rejected() == 1);
}

RS_TEST(datagrams_of_senders_that_are_not_allowed_are_counted_and_dropped) {
  Fixture f;
  f.listener->set_rules(RS_UNWRAP(PeerRules::make({std::to_string(::getuid() + 1)}, {})));
  RS_EXPECT(send(f.peer, kEvent));
  RS_RUN_UNTIL(f, f.control->total(Counter::kProducersRefused) == 1);
  f.listener->set_rules(RS_UNWRAP(PeerRules::make({std::to_string(::getuid())}, {})));
  RS_EXPECT(send(f.peer, kEvent));
  RS_RUN_UNTIL(f, f.n_events() == 1);
}

RS_TEST(a_stop_takes_what_was_sent_before_it) {
  Fixture f;
  for (int i = 0; i < 5; ++i) {
    RS_EXPECT(send(f.peer, kEvent));
  }
  f.listener->stop();
  RS_EXPECT_EQ(f.n_events(), 5u);
  RS_EXPECT(!std::filesystem::exists(f.path));
  RS_EXPECT(!send(f.peer, kEvent));
}
