#include "worker/sources/syslog/syslog.hpp"

#include <cstdlib>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

struct Fixture : test::SourceFixture {
  SyslogOptions options;

  Fixture() { options.socket = dir / "syslog.sock"; }

  // logger(1) of util-linux, as people have it.
  void logger(const std::string& arguments) const {
    const std::string command = "logger -u " + options.socket + " " + arguments;
    RS_EXPECT_EQ(std::system(command.c_str()), 0);
  }
};

}  // namespace

RS_TEST(logger_is_understood_in_both_forms) {
  Fixture f;
  Syslog source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.logger("-t backup -i -p daemon.err 'disk full'");
  f.logger(
      R"(--rfc5424 -t app -p local0.warning --sd-id job@1 --sd-param 'id="17"' --msgid M1 'done')");
  f.logger("--octet-count -t framed 'counted'");
  RS_RUN_UNTIL(f, f.sink.events.size() == 3);
  source.stop();
  const auto& old_form = f.sink.events[0];
  RS_EXPECT_EQ(old_form.text("level"), "ERROR");
  RS_EXPECT_EQ(old_form.text("component"), "backup");
  RS_EXPECT_EQ(old_form.text("message"), "disk full");
  RS_EXPECT_EQ(old_form.text("details.facility"), "daemon");
  RS_EXPECT(old_form.data["details"]["pid"].is_integer());
  RS_EXPECT_EQ(old_form.metadata["source"].as_string().value_or(""), "syslog");
  RS_EXPECT(old_form.metadata["sender_pid"].is_integer());
  const auto& new_form = f.sink.events[1];
  RS_EXPECT_EQ(new_form.text("level"), "WARN");
  RS_EXPECT_EQ(new_form.text("component"), "app");
  RS_EXPECT_EQ(new_form.data["details"]["structured_data"]["job@1"]["id"].as_string().value_or(""),
               "17");
  RS_EXPECT_EQ(new_form.text("details.msgid"), "M1");
  RS_EXPECT_EQ(f.sink.events[2].text("message"), "counted");
  RS_EXPECT_EQ(f.sink.events[2].text("component"), "framed");
}

RS_TEST(messages_sent_before_the_stop_are_not_lost) {
  Fixture f;
  Syslog source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.logger("-t a one");
  f.logger("-t a two");
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (std::vector<std::string>{"one", "two"}));
  RS_EXPECT(!std::filesystem::exists(f.options.socket));
}

RS_TEST(socket_that_cannot_be_made_is_a_failure_with_a_reason) {
  Fixture f;
  f.options.socket = f.dir / "none/syslog.sock";
  Syslog source(f.context(), f.options);
  const auto started = source.start();
  RS_EXPECT(!started.has_value());
  RS_EXPECT_CONTAINS(started.error().message, "none/syslog.sock");
  source.stop();
}
