// events.sock: who is admitted, what a producer gets, and what a reload and a stop do to it.
#include "worker/net/stream_listener.hpp"

#include <unistd.h>

#include "tests/unit/worker/net/listener_fixture.hpp"

using namespace ringside;
using ringside::test::kEvent;
using ringside::test::receive;
using ringside::test::send;

namespace {

struct Fixture : test::ListenerFixture {
  std::unique_ptr<StreamListener> listener =
      std::make_unique<StreamListener>(*loop(), bind(SOCK_STREAM), pipeline, *control);

  Fixture() {
    listener->set_rules({}, 10, 10);
    RS_EXPECT_OK(listener->start());
  }
  UniqueFd producer() {
    const std::uint64_t n_before = n_producers();
    UniqueFd fd = connect(SOCK_STREAM);
    RS_RUN_UNTIL(*this, n_producers() == n_before + 1);
    return fd;
  }
  // A connection that is refused, after the answer has come.
  std::string refusal() {
    const UniqueFd fd = connect(SOCK_STREAM);
    std::string answer;
    RS_RUN_UNTIL(*this, !(answer = receive(fd)).empty());
    return answer;
  }
  [[nodiscard]] std::uint64_t n_producers() const { return control->total(Counter::kProducers); }
  [[nodiscard]] std::uint64_t n_refused() const {
    return control->total(Counter::kProducersRefused);
  }
};

}  // namespace

RS_TEST(events_of_several_producers_are_stored) {
  Fixture f;
  const UniqueFd one = f.producer();
  const UniqueFd two = f.producer();
  RS_EXPECT(send(one, std::string(kEvent) + std::string(kEvent)));
  RS_EXPECT(send(two, kEvent));
  RS_RUN_UNTIL(f, f.n_events() == 3);
  RS_EXPECT_EQ(f.n_rejected(), 0u);
}

RS_TEST(a_producer_that_closes_is_forgotten) {
  Fixture f;
  UniqueFd one = f.producer();
  RS_EXPECT(send(one, kEvent));
  one.reset();
  RS_RUN_UNTIL(f, f.n_producers() == 0);
  RS_EXPECT_EQ(f.n_events(), 1u);
}

RS_TEST(producers_beyond_the_limits_are_refused_with_the_options_name) {
  Fixture f;
  f.listener->set_rules({}, 2, 1);
  const UniqueFd one = f.producer();
  RS_EXPECT_CONTAINS(f.refusal(), "events.max_producers_per_uid");
  f.listener->set_rules({}, 1, 1);
  RS_EXPECT_CONTAINS(f.refusal(), "(events.max_producers)");
  RS_EXPECT_EQ(f.n_refused(), 2u);
  RS_EXPECT_EQ(f.n_producers(), 1u);
}

RS_TEST(a_place_is_free_again_after_its_producer_has_gone) {
  Fixture f;
  f.listener->set_rules({}, 1, 1);
  f.producer().reset();
  RS_RUN_UNTIL(f, f.n_producers() == 0);
  const UniqueFd next = f.producer();
  RS_EXPECT(send(next, kEvent));
  RS_RUN_UNTIL(f, f.n_events() == 1);
}

RS_TEST(who_is_not_among_the_allowed_users_is_refused) {
  Fixture f;
  const std::string other = std::to_string(::getuid() + 1);
  f.listener->set_rules(RS_UNWRAP(PeerRules::make({other}, {})), 10, 10);
  RS_EXPECT_CONTAINS(f.refusal(), "events.allow_users");
  RS_EXPECT_EQ(f.n_refused(), 1u);
}

RS_TEST(a_reload_closes_producers_that_the_new_rules_refuse) {
  Fixture f;
  const UniqueFd one = f.producer();
  f.listener->set_rules(RS_UNWRAP(PeerRules::make({std::to_string(::getuid() + 1)}, {})), 10, 10);
  RS_EXPECT_EQ(f.n_producers(), 0u);
  RS_EXPECT_EQ(receive(one), "<end>");
}

RS_TEST(a_reload_applies_the_new_length_of_a_line_to_connected_producers) {
  Fixture f;
  const UniqueFd one = f.producer();
  f.set_limits({.max_event_bytes = 10, .max_depth = 32});
  f.listener->set_rules({}, 10, 10);
  RS_EXPECT(send(one, kEvent));
  RS_RUN_UNTIL(f, f.n_rejected() == 1);
  RS_EXPECT_EQ(f.n_events(), 0u);
}

RS_TEST(a_stop_takes_what_was_sent_before_it_also_from_who_just_connected) {
  Fixture f;
  const UniqueFd one = f.producer();
  RS_EXPECT(send(one, kEvent));
  const UniqueFd two = f.connect(SOCK_STREAM);  // the loop has not accepted it yet
  RS_EXPECT(send(two, kEvent));
  f.listener->stop();
  RS_EXPECT_EQ(f.n_events(), 2u);
  RS_EXPECT_EQ(f.n_producers(), 0u);
  RS_EXPECT(!std::filesystem::exists(f.path));
}
