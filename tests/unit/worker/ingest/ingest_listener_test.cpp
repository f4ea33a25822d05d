// ingest.sock: how many requests are taken at once, and in what parts.
#include "worker/ingest/ingest_listener.hpp"

#include "tests/unit/worker/net/listener_fixture.hpp"

namespace {

using namespace ringside;
using test::receive;

struct Fixture : test::ListenerFixture {
  std::unique_ptr<IngestListener> listener =
      std::make_unique<IngestListener>(*loop(), bind(SOCK_STREAM), pipeline, *control, clock);

  Fixture() {
    listener->set_limits(
        {.max_requests = 2, .max_otlp_bytes = 64U << 10U, .key_bytes = 64U << 10U});
    RS_EXPECT_OK(listener->start());
  }
  ~Fixture() { listener.reset(); }

  UniqueFd begin(std::string key = {}) {
    UniqueFd fd = connect(SOCK_STREAM);
    RS_EXPECT(test::send(
        fd,
        IngestHello{IngestKind::kEvents, BodyForm::kLines, false, "ci", std::move(key)}.to_line()));
    return fd;
  }
  static bool body(const UniqueFd& fd, std::string_view data) {
    const auto head = ingest_frame_head(static_cast<std::uint32_t>(data.size()));
    return test::send(fd, std::string(head.data(), head.size()) + std::string(data));
  }
  std::string answer(const UniqueFd& fd) {
    std::string text;
    RS_EXPECT(run_until([&] {
      const std::string more = receive(fd);
      text += more == "<end>" ? "" : more;
      return more == "<end>";
    }));
    return text;
  }
};

RS_TEST(a_request_is_taken_and_answered) {
  Fixture f;
  const UniqueFd fd = f.begin();
  RS_EXPECT(Fixture::body(fd, test::kEvent));
  RS_EXPECT(Fixture::body(fd, ""));
  RS_EXPECT_CONTAINS(f.answer(fd), R"("accepted":1)");
  RS_EXPECT_EQ(f.n_events(), 1u);
  RS_EXPECT(f.run_until([&] { return f.listener->n_requests() == 0; }));
}

RS_TEST(more_requests_than_allowed_are_told_to_try_again) {
  Fixture f;
  const UniqueFd first = f.begin();
  const UniqueFd second = f.begin();
  RS_EXPECT(f.run_until([&] { return f.listener->n_requests() == 2; }));
  const UniqueFd third = f.begin();
  RS_EXPECT_CONTAINS(f.answer(third), "overloaded");
  RS_EXPECT_EQ(f.listener->n_requests(), 2u);
}

RS_TEST(a_large_body_does_not_keep_others_waiting) {
  Fixture f;
  f.set_limits({.max_event_bytes = 1U << 20U, .max_depth = 32});
  const UniqueFd large = f.begin();
  std::string body;
  while (body.size() < 120U << 10U) {
    body += test::kEvent;
  }
  for (int i = 0; i < 3; ++i) {
    (void)Fixture::body(large, body);
  }
  const UniqueFd small = f.begin();
  RS_EXPECT(Fixture::body(small, test::kEvent));
  RS_EXPECT(Fixture::body(small, ""));
  RS_EXPECT_CONTAINS(f.answer(small), R"("accepted":1)");
}

RS_TEST(keys_are_counted_for_all_processes_to_see) {
  Fixture f;
  const UniqueFd fd = f.begin("k");
  RS_EXPECT(Fixture::body(fd, test::kEvent));
  RS_EXPECT(Fixture::body(fd, ""));
  (void)f.answer(fd);
  RS_EXPECT(f.run_until([&] { return f.listener->n_requests() == 0; }));
  RS_EXPECT_EQ(f.listener->keys().n_keys(), 1u);
  RS_EXPECT_EQ(f.control->total(Counter::kIdempotencyKeys), 1u);
}

RS_TEST(a_stop_breaks_off_what_is_being_taken) {
  Fixture f;
  const UniqueFd fd = f.connect(SOCK_STREAM);
  RS_EXPECT(f.run_until([&] { return f.listener->n_requests() == 1; }));
  f.listener->stop();
  RS_EXPECT_EQ(receive(fd), "<end>");
  RS_EXPECT_EQ(f.listener->n_requests(), 0u);
  RS_EXPECT(!f.connect(SOCK_STREAM).valid());
}

}  // namespace
