#include "worker/sources/statsd/statsd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

struct Fixture : test::SourceFixture {
  UniqueFd sender{::socket(AF_INET, SOCK_DGRAM, 0)};

  StatsdOptions options;

  Fixture() {
    options.listen = "127.0.0.1:0";
    options.interval = std::chrono::hours(1);
  }
  void send(const Statsd& source, std::string_view text) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(source.port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    RS_EXPECT_EQ(::sendto(sender.get(), text.data(), text.size(), 0,
                          reinterpret_cast<const sockaddr*>(&address), sizeof address),
                 static_cast<ssize_t>(text.size()));
  }
};

}  // namespace

RS_TEST(samples_become_metrics_at_the_end_of_the_interval) {
  Fixture f;
  f.options.interval = std::chrono::milliseconds(50);
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.send(source, "hits:2|c|#path:/\nhits:3|c|#path:/\n\nlatency:10:30|ms\n");
  RS_RUN_UNTIL(f, f.sink.metric("latency") != nullptr);
  source.stop();
  const auto* hits = f.sink.metric("hits");
  RS_EXPECT_EQ(hits->data["value"].as_number().value_or(0), 5.0);
  RS_EXPECT_EQ(hits->text("metric_type"), "counter");
  RS_EXPECT_EQ(hits->text("labels.path"), "/");
  RS_EXPECT_EQ(hits->metadata["source"].as_string().value_or(""), "statsd");
  const auto* latency = f.sink.metric("latency");
  RS_EXPECT_EQ(latency->data["value"].as_number().value_or(0), 20.0);
  RS_EXPECT_EQ(latency->data["statistics"]["max"].as_number().value_or(0), 30.0);
  RS_EXPECT_EQ(latency->metadata["aggregation"].as_string().value_or(""), "average");
}

RS_TEST(stop_gives_what_the_interval_has_so_far) {
  Fixture f;
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.send(source, "a:1|c");
  source.stop();
  RS_EXPECT(f.sink.metric("a") != nullptr);
}

RS_TEST(malformed_lines_are_told_with_an_example_and_the_others_count) {
  Fixture f;
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.send(source, "a:1|c\nnonsense\x1b[31m\na:1|c");
  source.stop();
  RS_EXPECT_EQ(f.sink.metric("a")->data["value"].as_number().value_or(0), 2.0);
  RS_EXPECT_EQ(
      f.sink.messages(),
      (std::vector<std::string>{
          R"(1 StatsD lines were malformed; the last, "nonsense\x1b[31m" is not name:value|type)"}));
  RS_EXPECT_EQ(f.sink.n_errors, 1);
}

RS_TEST(too_many_series_are_told_with_their_number) {
  Fixture f;
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  for (int i = 0; i < 105; ++i) {
    std::string text;
    for (int j = 0; j < 100; ++j) {
      text += "s" + std::to_string(i * 100 + j) + ":1|c\n";
    }
    f.send(source, text);
    uv_run(f.loop(), UV_RUN_NOWAIT);
  }
  source.stop();
  RS_EXPECT_EQ(std::ranges::count(f.sink.events, "MetricUpdate", &test::KeptEvent::type), 10'000);
  RS_EXPECT_EQ(f.sink.messages(),
               (std::vector<std::string>{
                   "500 StatsD samples were dropped: more series or set members than fit"}));
}

RS_TEST(many_series_are_given_out_over_several_turns) {
  Fixture f;
  f.options.interval = std::chrono::milliseconds(200);
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += "s" + std::to_string(i) + ":1|g\n";
  }
  f.send(source, text);
  RS_RUN_UNTIL(f, !f.sink.events.empty());
  RS_EXPECT_LE(f.sink.events.size(), 1000u);
  RS_RUN_UNTIL(f, f.sink.events.size() == 2000);
  source.stop();
}

RS_TEST(events_and_service_checks_become_log_entries_at_once) {
  Fixture f;
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.send(source, "_e{6,4}:Deploy|done|t:error\n_sc|db|1");
  RS_RUN_UNTIL(f, f.sink.events.size() == 2);
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (std::vector<std::string>{"Deploy: done", "db is warning"}));
}

RS_TEST(unix_datagrams_are_taken_too) {
  Fixture f;
  f.options.listen = f.dir / "statsd.sock";
  Statsd source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, f.options.listen.data(), f.options.listen.size());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM, 0));
  RS_EXPECT_EQ(::sendto(fd.get(), "u:1|c", 5, 0, reinterpret_cast<const sockaddr*>(&address),
                        sizeof address),
               5);
  source.stop();
  RS_EXPECT(f.sink.metric("u") != nullptr);
}

RS_TEST(address_that_is_none_is_a_failure) {
  Fixture f;
  f.options.listen = "everywhere";
  Statsd source(f.context(), f.options);
  RS_EXPECT(!source.start().has_value());
  source.stop();
}
