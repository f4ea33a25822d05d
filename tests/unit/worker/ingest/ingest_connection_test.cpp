// One request with events, over a socketpair.
#include "worker/ingest/ingest_connection.hpp"

#include <sys/socket.h>

#include "core/base/json.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/unit/worker/pipeline_fixture.hpp"

namespace {

using namespace ringside;
using State = IngestConnection::State;

struct Fixture {
  test::WithKeptLog kept;
  IdempotencyKeys keys{kept.f.clock};
  uv_loop_t loop{};
  IngestShared shared{.loop = &loop};
  std::vector<char> buffer = std::vector<char>(IngestConnection::kReadBytes);

  Fixture() { RS_EXPECT_EQ(uv_loop_init(&loop), 0); }
  ~Fixture() {
    uv_run(&loop, UV_RUN_DEFAULT);
    RS_EXPECT_EQ(uv_loop_close(&loop), 0);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  struct Request {
    Fixture& f;
    UniqueFd client;
    std::unique_ptr<IngestConnection> connection;
    State state = State::kOpen;
    std::size_t n_turns = 0;

    void send(std::string_view bytes) {
      while (!bytes.empty() && state != State::kDone) {
        const ssize_t n = ::send(client.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (n > 0) {
          bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        turn();
      }
    }
    void turn() {
      state = connection->on_ready({.readable = true}, f.buffer);
      ++n_turns;
      while (state == State::kBusy) {
        state = connection->on_turn();
        ++n_turns;
      }
    }
    void body(std::string_view data) {
      const auto head = ingest_frame_head(static_cast<std::uint32_t>(data.size()));
      send(std::string(head.data(), head.size()) + std::string(data));
    }
    IngestReport end() {
      body("");
      return report();
    }
    IngestReport report() {
      for (int i = 0; i < 100 && state != State::kDone; ++i) {
        uv_run(&f.loop, UV_RUN_DEFAULT);  // what is done on the pool
        turn();
      }
      std::string line(256U << 10U, '\0');
      const ssize_t n = ::recv(client.get(), line.data(), line.size(), MSG_DONTWAIT);
      line.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
      return RS_UNWRAP(IngestReport::parse(line));
    }
  };

  Request connect() {
    int fds[2];
    RS_EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    return {
        *this, UniqueFd(fds[0]),
        std::make_unique<IngestConnection>(UniqueFd(fds[1]), kept.pipeline, keys, shared, [] {})};
  }
  Request begin(BodyForm form, std::string key = {}, bool is_gzip = false, std::string user = "ci",
                IngestKind kind = IngestKind::kEvents) {
    Request request = connect();
    request.send(IngestHello{kind, form, is_gzip, std::move(user), std::move(key)}.to_line());
    return request;
  }
};

constexpr std::string_view kEvent = R"({"event_type":"Any","data":{}})";

std::string lines(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) {
    text += R"({"event_type":"Any","data":{"n":)" + std::to_string(i) + "}}\n";
  }
  return text;
}

RS_TEST(events_are_taken_and_reported_at_the_end) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines);
  request.body(lines(3));
  RS_EXPECT_EQ(f.kept.log.entries.size(), 3u);
  RS_EXPECT(request.state == State::kOpen);
  const IngestReport report = request.end();
  RS_EXPECT_EQ(report.n_accepted, 3u);
  RS_EXPECT(!report.error);
  RS_EXPECT(request.state == State::kDone);
}

RS_TEST(the_user_is_stamped_on_every_event) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines, {}, false, "ci");
  request.body(
      "{\"event_type\":\"Any\",\"data\":{}}\n"
      "{\"event_type\":\"Any\",\"data\":{},\"metadata\":{\"producer\":\"root\"}}\n"
      "{\"event_type\":\"Any\",\"metadata\":{},\"data\":{}}\n");
  (void)request.end();
  RS_EXPECT_EQ(f.kept.log.entries.size(), 3u);
  for (const auto& entry : f.kept.log.entries) {
    RS_EXPECT_CONTAINS(entry.object, R"("producer":"ci")");
    RS_EXPECT_EQ(entry.object.find("root"), std::string::npos);
  }
}

RS_TEST(a_request_that_is_broken_off_reports_nothing_and_its_half_event_is_not_taken) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines);
  request.body(lines(2) + R"({"event_type":"Any","data":{}})");
  request.client.reset();
  request.turn();
  RS_EXPECT(request.state == State::kDone);
  RS_EXPECT_EQ(f.kept.log.entries.size(), 2u);
}

RS_TEST(rejected_events_have_their_index) {
  Fixture f;
  auto request = f.begin(BodyForm::kJson);
  request.body("[" + std::string(kEvent) + ",7," + std::string(kEvent) + ",{}]");
  const IngestReport report = request.end();
  RS_EXPECT_EQ(report.n_accepted, 2u);
  RS_EXPECT_EQ(report.rejected.at(0).index, 1u);
  RS_EXPECT_EQ(report.rejected.at(1).index, 3u);
  RS_EXPECT_CONTAINS(f.kept.f.last("rejected"), R"("producer":"ci")");
}

RS_TEST(a_broken_array_is_reported_at_once_with_what_was_taken) {
  Fixture f;
  auto request = f.begin(BodyForm::kJson);
  request.body("[" + std::string(kEvent) + " " + std::string(kEvent));
  const IngestReport report = request.report();
  RS_EXPECT(report.error == HttpError::kBadBody);
  RS_EXPECT_EQ(report.n_accepted, 1u);
}

RS_TEST(a_long_body_is_taken_in_turns) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines);
  const std::string event =
      R"({"event_type":"Any","data":{"t":")" + std::string(4000, 'x') + "\"}}\n";
  std::string body;
  while (body.size() < IngestConnection::kTurnBytes * 3) {
    body += event;
  }
  request.body(body);
  RS_EXPECT_EQ(request.end().n_accepted, body.size() / event.size());
}

RS_TEST(a_hello_that_cannot_be_read_is_refused) {
  Fixture f;
  auto request = f.connect();
  request.send("{\"type\":\"hello\"}\n");
  RS_EXPECT(request.report().error == HttpError::kNotReady);
  auto endless = f.connect();
  endless.send(std::string(kMaxIngestHelloBytes + 10, 'x'));
  RS_EXPECT(endless.report().error == HttpError::kBadRequest);
}

RS_TEST(a_repeated_key_skips_what_was_taken) {
  Fixture f;
  {
    auto request = f.begin(BodyForm::kLines, "k");
    request.body(lines(3) + "{}\n" + R"({"event_)");
    request.client.reset();
    request.turn();
  }
  RS_EXPECT_EQ(f.kept.log.entries.size(), 3u);
  for (int i = 0; i < 2; ++i) {
    auto request = f.begin(BodyForm::kLines, "k");
    request.body(lines(3) + "{}\n" + lines(2));
    const IngestReport report = request.end();
    RS_EXPECT_EQ(report.n_accepted, 5u);
    RS_EXPECT_EQ(report.n_rejected, 1u);
    RS_EXPECT_EQ(f.kept.log.entries.size(), 5u);
  }
}

RS_TEST(a_key_with_another_body_takes_nothing) {
  Fixture f;
  auto first = f.begin(BodyForm::kLines, "k");
  first.body(lines(3));
  (void)first.end();
  for (const std::string& body : {"{}\n" + lines(2), lines(2), std::string(), "{}\n" + lines(9)}) {
    auto request = f.begin(BodyForm::kLines, "k");
    if (!body.empty()) {
      request.body(body);
    }
    const IngestReport report = request.end();
    RS_EXPECT(report.error == HttpError::kKeyReused);
    RS_EXPECT_EQ(report.n_accepted, 0u);
  }
  RS_EXPECT_EQ(f.kept.log.entries.size(), 3u);
}

RS_TEST(a_key_is_for_one_request_at_a_time) {
  Fixture f;
  auto first = f.begin(BodyForm::kLines, "k");
  auto second = f.begin(BodyForm::kLines, "k");
  RS_EXPECT(second.report().error == HttpError::kKeyInUse);
  (void)first.end();
  auto third = f.begin(BodyForm::kLines, "k");
  RS_EXPECT(!third.end().error);
}

// What costs much for its bytes is taken in small parts: refused events, and gzip members without contents.
RS_TEST(a_turn_is_bounded_whatever_the_bytes_cost) {
  const auto n_turns_of = [](std::string_view part, bool is_gzip) {
    Fixture f;
    auto request = f.begin(BodyForm::kLines, {}, is_gzip);
    std::string body;
    while (body.size() + part.size() < IngestConnection::kReadBytes / 2) {
      body += part;
    }
    request.body(body);
    const std::size_t n_turns = request.n_turns;
    RS_EXPECT(!request.end().error);
    return n_turns;
  };
  constexpr std::string_view kNothing{"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0", 20};
  RS_EXPECT_LE(n_turns_of(std::string(kEvent) + "\n", false), 4u);
  RS_EXPECT_LE(20u, n_turns_of("1\n", false));
  RS_EXPECT_LE(3u, n_turns_of(kNothing, true));
}

RS_TEST(a_body_that_is_called_gzip_and_is_none_is_reported) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines, {}, true);
  request.body(lines(1));
  RS_EXPECT(request.report().error == HttpError::kBadBody);
}

constexpr std::string_view kLogs =
    R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}},7,{"severityNumber":17}]}]}]})";

RS_TEST(records_of_an_otlp_message_are_taken_with_their_producer) {
  Fixture f;
  auto request = f.begin(BodyForm::kJson, {}, false, "ci", IngestKind::kOtlpLogs);
  request.body(kLogs.substr(0, 50));
  request.body(kLogs.substr(50));
  const IngestReport report = request.end();
  RS_EXPECT_EQ(report.n_accepted, 2u);
  RS_EXPECT_EQ(report.rejected.at(0).index, 1u);
  RS_EXPECT_CONTAINS(f.kept.log.entries.at(1).object, R"("level":"ERROR")");
  RS_EXPECT_CONTAINS(f.kept.log.entries.at(1).object, R"("producer":"ci")");
}

RS_TEST(a_repeated_otlp_message_takes_nothing_twice) {
  Fixture f;
  for (int i = 0; i < 2; ++i) {
    auto request = f.begin(BodyForm::kJson, "k", false, "ci", IngestKind::kOtlpLogs);
    request.body(kLogs);
    RS_EXPECT_EQ(request.end().n_accepted, 2u);
    RS_EXPECT_EQ(f.kept.log.entries.size(), 2u);
  }
}

RS_TEST(an_otlp_message_that_is_too_large_or_broken_is_refused) {
  Fixture f;
  f.shared.max_otlp_bytes = 1000;
  auto large = f.begin(BodyForm::kProtobuf, {}, false, "ci", IngestKind::kOtlpLogs);
  large.body(std::string(1001, 'x'));
  RS_EXPECT(large.report().error == HttpError::kBodyTooLarge);
  auto broken = f.begin(BodyForm::kProtobuf, {}, false, "ci", IngestKind::kOtlpLogs);
  broken.body("nonsense");
  RS_EXPECT(broken.end().error == HttpError::kBadBody);
  large.connection.reset();
  broken.connection.reset();
  RS_EXPECT_EQ(f.shared.otlp_bytes, 0u);
}

RS_TEST(otlp_messages_are_limited_together) {
  Fixture f;
  f.shared.max_otlp_bytes = 1000;
  std::vector<Fixture::Request> requests;
  bool is_full = false;
  for (std::size_t i = 0; i <= IngestShared::kMaxMessages; ++i) {
    requests.push_back(f.begin(BodyForm::kProtobuf, {}, false, "ci", IngestKind::kOtlpLogs));
    requests.back().body(std::string(1000, 'x'));
    is_full = requests.back().state == State::kDone;
  }
  RS_EXPECT(is_full);
  RS_EXPECT(requests.back().report().error == HttpError::kOverloaded);
}

RS_TEST(a_request_that_goes_while_its_message_is_opened_leaves_nothing) {
  Fixture f;
  auto request = f.begin(BodyForm::kJson, {}, false, "ci", IngestKind::kOtlpLogs);
  request.body(kLogs);
  request.body("");
  request.connection.reset();
  RS_EXPECT_EQ(f.shared.otlp_bytes, 0u);
}

RS_TEST(an_event_that_is_too_long_has_its_index) {
  Fixture f;
  auto request = f.begin(BodyForm::kLines);
  request.body(lines(1) + std::string(5000, 'x') + "\n" + lines(1));
  const IngestReport report = request.end();
  RS_EXPECT_EQ(report.n_accepted, 2u);
  RS_EXPECT_EQ(report.rejected.at(0).index, 1u);
}

}  // namespace
