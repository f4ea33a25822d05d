// One connection of events.sock, over a socketpair.
#include "worker/producer.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include "core/setup/worker_setup.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;

// A log that stores later than it takes, as one that other machines share does.
class SlowLog final : public EventLog {
 public:
  [[nodiscard]] Ticket append(const AcceptedEvent& event) override {
    last = event.object;
    return ++n_taken;
  }
  [[nodiscard]] Ticket stored_up_to() const noexcept override { return n_stored; }
  [[nodiscard]] std::size_t max_event_bytes() const noexcept override { return 4096; }
  void end_turn() noexcept override {}
  Ticket n_taken = 0;
  Ticket n_stored = 0;
  std::string last;
};

struct Fixture {
  test::TempDir dir;
  test::ManualClock clock;
  std::unique_ptr<RingWriter> rejected = test::open_writer(dir / "rejected", clock);
  std::unique_ptr<ControlSegment> control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  Rejects rejects{*rejected};
  SlowLog log;
  Pipeline pipeline{log, rejects, *control, clock};
  UniqueFd client;
  std::unique_ptr<Producer> producer;
  std::array<char, 4096> buffer{};

  Fixture() {
    RS_EXPECT_OK(control->join(ProcessKind::kWorker));
    std::filesystem::create_directory(dir / "schemas");
    WorkerOptions options = parse_worker_options("", "test").options;
    options.schema_dir = dir / "schemas";
    options.max_line_bytes = 1024;
    WorkerSetup rules = std::move(make_worker_setup(options).setup);
    pipeline.set_rules(std::move(rules.schemas), std::move(rules.redactor), rules.limits);
    connect();
  }
  // Ends the connection before, so that the new one gets its descriptors.
  void connect() {
    producer.reset();
    client = UniqueFd();
    int fds[2];
    RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    client = UniqueFd(fds[0]);
    producer = std::make_unique<Producer>(UniqueFd(fds[1]), Peer{}, pipeline);
  }
  std::string shown(std::string_view message) {
    send(fmt::format("{{\"event_type\":\"LogEntry\",\"data\":{{\"message\":\"{}\"}}}}\n", message));
    return log.last;
  }
  void send(std::string_view text) {
    RS_EXPECT_EQ(::send(client.get(), text.data(), text.size(), 0),
                 static_cast<ssize_t>(text.size()));
    (void)producer->on_ready({.readable = true}, buffer);
  }
  std::string answers() {
    std::string out(4096, '\0');
    const ssize_t n = ::recv(client.get(), out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
};

constexpr std::string_view kHello = "{\"type\":\"hello\",\"ack\":true}\n";
constexpr std::string_view kEvent = "{\"event_type\":\"Any\",\"data\":{}}\n";

RS_TEST(acknowledgements_follow_what_the_log_has_stored) {
  Fixture f;
  f.send(std::string(kHello) + std::string(kEvent) + std::string(kEvent));
  RS_EXPECT_EQ(f.log.n_taken, 2u);
  RS_EXPECT(f.answers().find("2") == std::string::npos);  // taken, and not stored
  RS_EXPECT(f.producer->waits_for_storage());
  f.log.n_stored = 2;
  (void)f.producer->on_stored();
  RS_EXPECT_CONTAINS(f.answers(), "2");
  RS_EXPECT(!f.producer->waits_for_storage());
}

RS_TEST(a_refused_event_is_acknowledged_after_those_before_it) {
  Fixture f;
  f.send(std::string(kHello) + std::string(kEvent) + "nonsense\n");
  const std::string before = f.answers();
  RS_EXPECT_CONTAINS(before, "is not JSON");
  RS_EXPECT(before.find("\"ack\":2") == std::string::npos);
  f.log.n_stored = 1;
  (void)f.producer->on_stored();
  RS_EXPECT_CONTAINS(f.answers(), "2");
}

RS_TEST(a_line_that_is_too_long_is_refused_and_the_next_is_taken) {
  Fixture f;
  f.send(std::string(2000, 'x') + "\n" + std::string(kEvent));
  RS_EXPECT_CONTAINS(f.answers(), "longer than 1024 bytes");
  RS_EXPECT_EQ(f.log.n_taken, 1u);
}

RS_TEST(a_secret_of_several_lines_ends_with_its_connection) {
  constexpr std::string_view kBody = "MIIEpAIBAAKCAQEA7bq";
  Fixture f;
  const int number = f.producer->fd();
  f.shown("-----BEGIN PRIVATE KEY-----");
  RS_EXPECT_NOT_CONTAINS(f.shown(kBody), kBody);
  f.connect();
  RS_EXPECT_EQ(f.producer->fd(), number);
  RS_EXPECT_CONTAINS(f.shown(kBody), kBody);
}

RS_TEST(connections_that_have_ended_leave_no_work_to_others) {
  Fixture f;
  f.shown("-----BEGIN PRIVATE KEY-----");
  f.connect();
  f.send(kEvent);
  f.send(kEvent);
  const std::uint64_t n_with_care = f.pipeline.ways().n_with_care;
  f.send(kEvent);
  RS_EXPECT_EQ(f.pipeline.ways().n_with_care, n_with_care);
}

RS_TEST(a_last_line_without_an_end_is_taken_when_the_producer_finishes) {
  Fixture f;
  f.send(kEvent.substr(0, kEvent.size() - 1));
  RS_EXPECT_EQ(f.log.n_taken, 0u);
  ::shutdown(f.client.get(), SHUT_WR);
  RS_EXPECT(f.producer->on_ready({.readable = true}, f.buffer) == Producer::State::kDone);
  RS_EXPECT_EQ(f.log.n_taken, 1u);
}

constexpr std::string_view kWill =
    R"({"type":"will","events":[{"event_type":"Gone","data":{}},{"event_type":"Left","data":{}}]})"
    "\n";

RS_TEST(the_will_of_a_producer_is_sent_when_it_has_gone) {
  Fixture f;
  f.send(std::string(kHello) + std::string(kWill) + std::string(kEvent));
  RS_EXPECT_EQ(f.log.n_taken, 1u);  // the event, and nothing of the will yet
  RS_EXPECT_NOT_CONTAINS(f.answers(), "error");
  f.client.reset();
  (void)f.producer->on_ready({.readable = true}, f.buffer);
  RS_EXPECT_EQ(f.log.n_taken, 3u);
  RS_EXPECT_CONTAINS(f.log.last, "Left");
  f.producer.reset();
  RS_EXPECT_EQ(f.log.n_taken, 3u);  // once
}

RS_TEST(a_will_that_was_withdrawn_is_not_sent) {
  Fixture f;
  f.send(std::string(kWill) + "{\"type\": \"will\", \"events\": []}\n");
  f.client.reset();
  (void)f.producer->on_ready({.readable = true}, f.buffer);
  RS_EXPECT_EQ(f.log.n_taken, 0u);
}

RS_TEST(a_worker_that_stops_does_not_send_the_will_of_a_producer_that_is_there) {
  Fixture f;
  f.send(kWill);
  f.producer->drain(f.buffer);
  f.producer.reset();
  RS_EXPECT_EQ(f.log.n_taken, 0u);
}

RS_TEST(a_will_that_is_refused_is_answered) {
  Fixture f;
  f.send(std::string(kHello) + R"({"type":"will"})"
                               "\n");
  RS_EXPECT_CONTAINS(f.answers(), "must be a list");
  RS_EXPECT_EQ(f.log.n_taken, 0u);
}

}  // namespace
