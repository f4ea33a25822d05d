// A request on its way to the worker, whose end of the socket the test has.
#include "module/ingest_request.hpp"

#include <sys/socket.h>

#include "core/control/connection_json.hpp"
#include "tests/unit/module/module_fixture.hpp"

namespace {

using namespace ringside;
using test::ModuleFixture;
using test::Settings;

struct Fixture : ModuleFixture {
  explicit Fixture(Settings options = {}, bool is_chunked = false)
      : ModuleFixture(std::move(options)) {
    hub->on_tick();
    int fds[2];
    RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    worker = UniqueFd(fds[0]);
    IngestAdmission admission;
    admission.form = BodyForm::kLines;
    admission.is_chunked = is_chunked;
    admission.identity = identity({"producer"}, "ci");
    admission.address = "192.0.2.7";
    admission.identity.expires = clock.wall_now() + std::chrono::hours(1);
    admission.place = vhost->ingest_room().try_enter("ci");
    request = std::make_unique<IngestRequest>(
        *vhost, std::move(admission), UniqueFd(fds[1]),
        IngestRequest::Host{[this](bool on) { reads = on; }, [this] { wants_worker = true; },
                            [this] { ++n_answered; }});
  }
  std::string at_worker() {
    std::string out(1U << 20U, '\0');
    const ssize_t n = ::recv(worker.get(), out.data(), out.size(), MSG_DONTWAIT);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
  void worker_says(std::string_view line) {
    RS_EXPECT_EQ(::send(worker.get(), line.data(), line.size(), 0),
                 static_cast<ssize_t>(line.size()));
    request->on_worker_readable();
  }
  // Time passes, with a worker whose heart beats, and the hub ticks.
  void pass(std::chrono::seconds time) {
    for (int i = 0; i < time.count() * 2 && !request->answer(); ++i) {
      clock.advance(std::chrono::milliseconds(500));
      if (beats) {
        writer->beat();
      }
      hub->on_tick();
    }
  }
  unsigned status() { return request->answer() ? request->answer()->status : 0; }

  UniqueFd worker;
  std::unique_ptr<IngestRequest> request;
  bool reads = true;
  bool wants_worker = false;
  bool beats = true;
  int n_answered = 0;
};

std::string frame(std::string_view data) {
  const auto head = ingest_frame_head(static_cast<std::uint32_t>(data.size()));
  return std::string(head.data(), head.size()) + std::string(data);
}

RS_TEST(a_body_is_handed_on_in_frames_after_a_hello) {
  Fixture f;
  RS_EXPECT_EQ(RS_UNWRAP(IngestHello::parse(f.at_worker())).user, "ci");
  f.request->on_body("{}\n");
  f.request->on_body("{\"a\"");
  RS_EXPECT_EQ(f.at_worker(), frame("{}\n") + frame("{\"a\""));
  f.request->on_body_end();
  RS_EXPECT_EQ(f.at_worker(), frame(""));
  RS_EXPECT(!f.reads);  // nothing of the next request yet
  f.worker_says(R"({"accepted":2,"rejected":[],"n_rejected":0})"
                "\n");
  RS_EXPECT_EQ(f.status(), 200u);
  RS_EXPECT_EQ(f.request->answer()->body, R"({"accepted":2,"rejected":[]})");
  RS_EXPECT_EQ(f.n_answered, 1);
  RS_EXPECT(f.request->is_body_complete());
}

RS_TEST(a_request_alone_does_not_have_the_ring_read) {
  Fixture f;
  RS_EXPECT(f.hub->follower().suspended());
  f.append("A", 1);
  f.hub->on_tick();
  RS_EXPECT_EQ(f.hub->head().value, 0U);
  f.pass(std::chrono::seconds(120));
  RS_EXPECT_EQ(f.status(), 408u);  // its deadlines come all the same
}

RS_TEST(chunks_are_taken_off_and_end_the_body) {
  Fixture f(Settings{}, true);
  (void)f.at_worker();
  f.request->on_body("3\r\n{}\n\r\n2\r\n{}");
  f.request->on_body("\r\n0\r\n\r\n");
  RS_EXPECT_EQ(f.at_worker(), frame("{}\n{}") + frame(""));
  RS_EXPECT(f.request->is_body_complete());
}

RS_TEST(broken_chunks_are_400_and_no_end_reaches_the_worker) {
  Fixture f(Settings{}, true);
  (void)f.at_worker();
  f.request->on_body("3\r\n{}\n\r\nnonsense");
  RS_EXPECT_EQ(f.status(), 400u);
  RS_EXPECT_EQ(f.at_worker().find(frame("")), std::string::npos);
}

RS_TEST(a_client_is_not_read_while_the_worker_is_behind) {
  Fixture f;
  const std::string piece(8192, 'x');
  std::size_t n_sent = 0;
  while (f.reads) {
    f.request->on_body(piece);
    n_sent += piece.size();
    RS_EXPECT(n_sent < 8U << 20U);
  }
  RS_EXPECT(f.wants_worker);
  while (!f.at_worker().empty()) {
  }
  f.request->on_worker_writable();
  RS_EXPECT(f.reads);
}

RS_TEST(a_report_before_the_end_is_the_answer) {
  Fixture f;
  f.worker_says(R"({"accepted":1,"rejected":[],"n_rejected":0,"error":"bad_body","message":"m"})"
                "\n");
  RS_EXPECT_EQ(f.status(), 400u);
  RS_EXPECT(!f.request->is_body_complete());
  f.request->on_body("more");  // is of no use any more
  RS_EXPECT_EQ(f.n_answered, 1);
}

RS_TEST(a_worker_that_goes_away_is_503) {
  Fixture f;
  f.worker.reset();
  f.request->on_worker_readable();
  RS_EXPECT_EQ(f.status(), 503u);
  RS_EXPECT_CONTAINS(f.request->answer()->body, "worker_away");
}

RS_TEST(a_worker_whose_heart_has_stopped_is_503) {
  Fixture f(Settings{{"worker-timeout", "2s"}});
  f.request->on_body_end();
  f.pass(std::chrono::seconds(20));
  RS_EXPECT_EQ(f.status(), 0u);  // it is slow, and alive
  f.beats = false;
  f.pass(std::chrono::seconds(5));
  RS_EXPECT_EQ(f.status(), 503u);
}

RS_TEST(a_worker_that_is_alive_and_does_nothing_is_not_waited_for_without_an_end) {
  Fixture f;
  f.request->on_body_end();
  f.pass(IngestRequest::kWorkerPatience + std::chrono::seconds(5));
  RS_EXPECT_EQ(f.status(), 503u);
}

RS_TEST(a_body_that_stops_coming_is_408) {
  Fixture f(Settings{{"ingest-timeout", "3s"}});
  for (int i = 0; i < 5; ++i) {
    f.pass(std::chrono::seconds(2));
    f.request->on_body("x");
  }
  RS_EXPECT_EQ(f.status(), 0u);
  f.pass(std::chrono::seconds(5));
  RS_EXPECT_EQ(f.status(), 408u);
}

RS_TEST(the_end_of_the_token_ends_the_body) {
  Fixture f({{"ingest-timeout", "24h"}, {"token-leeway", "0s"}});
  f.pass(std::chrono::seconds(3590));
  RS_EXPECT_EQ(f.status(), 0u);
  f.pass(std::chrono::seconds(20));
  RS_EXPECT_EQ(f.status(), 401u);
}

RS_TEST(a_drain_ends_it) {
  Fixture f;
  f.request->close_at(f.clock.mono_now() + std::chrono::seconds(1), CloseCode::kGoingAway);
  f.pass(std::chrono::seconds(3));
  RS_EXPECT_EQ(f.status(), 503u);
  RS_EXPECT_CONTAINS(f.request->answer()->body, "draining");
}

RS_TEST(one_that_lasts_is_in_the_list_of_connections_until_it_is_answered) {
  Fixture f;
  ControlSegment& control = *f.hub->control();
  RS_EXPECT(control.connections(10).connections.empty());
  f.request->on_body("{}\n");
  f.hub->on_tick();
  RS_EXPECT(control.connections(10).connections.empty());  // most are over at once
  f.pass(std::chrono::seconds(2));
  f.request->on_body("{}\n{}\n");
  f.pass(std::chrono::seconds(1));
  const ConnectionList list = control.connections(10);
  RS_EXPECT_EQ(list.connections.size(), 1U);
  const ConnectionInfo& info = list.connections.front();
  RS_EXPECT_EQ(info.user, "ci");
  RS_EXPECT_EQ(info.roles, "producer");
  RS_EXPECT_EQ(info.address, "192.0.2.7");
  RS_EXPECT_EQ(endpoint_name(info.endpoint), "/events");
  RS_EXPECT_EQ(transport_name(info.transport), "request");
  RS_EXPECT_EQ(info.numbers.bytes, 9U);
  f.worker_says(R"({"accepted":3,"rejected":[],"n_rejected":0})"
                "\n");
  RS_EXPECT(f.request->answer().has_value());
  RS_EXPECT(control.connections(10).connections.empty());
}

RS_TEST(an_administrator_cuts_it_by_its_id_or_with_its_user) {
  using Kind = ControlSegment::CutKind;
  for (const Kind kind : {Kind::kConnection, Kind::kUser}) {
    Fixture f;
    ControlSegment& control = *f.hub->control();
    f.pass(std::chrono::seconds(2));
    const std::uint64_t id = control.connections(10).connections.front().id;
    RS_EXPECT(control.request_cut({Kind::kConnection, id + 1}));
    RS_EXPECT(control.request_cut({Kind::kUser, control.cut_key_of("other")}));
    f.hub->on_tick();
    RS_EXPECT_EQ(f.status(), 0U);
    RS_EXPECT(control.request_cut({kind, kind == Kind::kUser ? control.cut_key_of("ci") : id}));
    f.hub->on_tick();
    RS_EXPECT_EQ(f.status(), 403U);
    RS_EXPECT_CONTAINS(f.request->answer()->body, "administrator");
  }
}

RS_TEST(connections_of_a_user_are_limited_and_the_place_is_given_back) {
  Fixture f({{"limit-connections-per-user", "1"}, {"limit-ingests-per-user", "5"}});
  int fds[2];
  RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  const UniqueFd other_worker(fds[0]);
  IngestAdmission admission;
  admission.identity = ModuleFixture::identity({"producer"}, "ci");
  {
    const IngestRequest second(*f.vhost, std::move(admission), UniqueFd(fds[1]),
                               {[](bool) {}, [] {}, [] {}});
    RS_EXPECT(second.answer().has_value());
    RS_EXPECT_EQ(second.answer()->status, 429u);
  }
  f.request.reset();
  RS_EXPECT_EQ(f.vhost->ingest_room().size(), 0u);
  RS_EXPECT_EQ(f.hub->control()->in_use(ControlSegment::Quota::kConnections, "ci"), 0u);
}

RS_TEST(nobody_listens_is_an_error_with_the_path) {
  ModuleFixture f;
  const auto worker = IngestRequest::connect(f.dir.path().string());
  RS_EXPECT(!worker);
  RS_EXPECT_CONTAINS(worker.error().message, "ingest.sock");
}

RS_TEST(the_numbers_of_requests_say_how_they_ended) {
  const auto count = [](Fixture& f, Counter counter) { return f.hub->control()->total(counter); };
  {
    Fixture f;
    RS_EXPECT_EQ(count(f, Counter::kIngestOpen), 1U);
    f.request->on_body("{}\n");
    f.request->on_body("{}\n{}\n");
    RS_EXPECT_EQ(count(f, Counter::kIngestBytes), 9U);
    f.worker_says("{\"accepted\":3,\"rejected\":[],\"n_rejected\":0}\n");
    RS_EXPECT_EQ(count(f, Counter::kIngestRequests), 1U);
    f.request.reset();
    RS_EXPECT_EQ(count(f, Counter::kIngestOpen), 0U);
    RS_EXPECT_EQ(count(f, Counter::kIngestBrokenOff), 0U);
    RS_EXPECT_EQ(count(f, Counter::kIngestRefused), 0U);
  }
  {
    Fixture f;
    f.worker_says(
        "{\"accepted\":0,\"rejected\":[],\"n_rejected\":0,\"error\":\"bad_body\",\"message\":\"m\"}"
        "\n");
    RS_EXPECT_EQ(count(f, Counter::kIngestRefused), 1U);
    RS_EXPECT_EQ(count(f, Counter::kIngestRequests), 0U);
  }
  Fixture f;
  f.request.reset();
  RS_EXPECT_EQ(count(f, Counter::kIngestBrokenOff), 1U);
}

RS_TEST(a_report_may_come_in_pieces_and_nothing_after_it_counts) {
  Fixture f;
  f.worker_says("{\"accepted\":2,");
  RS_EXPECT_EQ(f.status(), 0U);
  f.worker_says("\"rejected\":[],\"n_rejected\":0}\n{\"accepted\":");
  RS_EXPECT_EQ(f.status(), 200U);
  RS_EXPECT_CONTAINS(f.request->answer()->body, "\"accepted\":2");
  f.request->on_worker_readable();
  f.request->on_worker_writable();
  f.request->on_body_end();
  RS_EXPECT_EQ(f.n_answered, 1);
}

RS_TEST(a_report_that_is_none_or_too_long_is_503) {
  Fixture broken;
  broken.worker_says("nonsense\n");
  RS_EXPECT_EQ(broken.status(), 503U);
  Fixture endless;
  const std::string piece(16384, 'x');
  for (std::size_t n = 0; n <= kMaxIngestReportBytes && endless.status() == 0; n += piece.size()) {
    endless.worker_says(piece);
  }
  RS_EXPECT_EQ(endless.status(), 503U);
  RS_EXPECT_CONTAINS(endless.request->answer()->body, "too long");
}

RS_TEST(an_answered_request_is_never_due_again_and_others_look_twice_a_second) {
  Fixture f;
  const MonoTime now = f.clock.mono_now();
  RS_EXPECT(f.request->on_due(now) == now + std::chrono::milliseconds(500));
  f.worker_says("{\"accepted\":0,\"rejected\":[],\"n_rejected\":0}\n");
  RS_EXPECT(f.request->on_due(now) == MonoTime::max());
}

RS_TEST(the_end_of_the_token_is_after_its_leeway_and_not_once_the_body_is_complete) {
  for (const bool complete : {false, true}) {
    Fixture f({{"ingest-timeout", "24h"}, {"token-leeway", "30s"}});
    if (complete) {
      f.request->on_body_end();
    }
    f.clock.advance(std::chrono::hours(1) + std::chrono::seconds(29));
    f.writer->beat();
    (void)f.request->on_due(f.clock.mono_now());
    RS_EXPECT_EQ(f.status(), complete ? 503U : 0U);  // its worker has done nothing for an hour
    f.clock.advance(std::chrono::seconds(1));
    f.writer->beat();
    (void)f.request->on_due(f.clock.mono_now());
    RS_EXPECT_EQ(f.status(), complete ? 503U : 401U);
  }
}

RS_TEST(a_request_ends_when_its_token_is_revoked) {
  Fixture f;
  f.hub->on_tick();
  RS_EXPECT_EQ(f.status(), 0U);
  RS_EXPECT(f.hub->control()->revoke(RevocationKind::kUser, "ci"));
  RS_EXPECT(f.hub->follower().suspended());  // then there are no turns, and the tick looks it up
  f.hub->on_tick();
  RS_EXPECT_EQ(f.status(), 401U);
}

}  // namespace
