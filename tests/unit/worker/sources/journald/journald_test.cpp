#include "worker/sources/journald/journald.hpp"

#include <unistd.h>

#include <cstdlib>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

// Writes journal files from the text form that journalctl -o export gives; in Debian's package
// systemd-journal-remote.
constexpr const char* kWriter = "/lib/systemd/systemd-journal-remote";

struct Fixture : test::SourceFixture {
  std::string journal = dir / "journal";
  int n_written = 0;

  Fixture() {
    std::filesystem::create_directory(journal);
    const char* const writer = std::getenv("RINGSIDE_JOURNAL_REMOTE");
    writer_ = writer != nullptr ? writer : kWriter;
    if (::access(writer_.c_str(), X_OK) != 0) {
      RS_SKIP(
          "no systemd-journal-remote here to write a journal with (Debian package "
          "systemd-journal-remote)");
    }
  }

  // One journal file with these entries, later than any before.
  void write(const std::vector<std::string>& messages) {
    std::string text;
    for (const auto& message : messages) {
      ++n_written;
      const auto us = to_ns(system_clock().wall_now()) / 1000 + n_written;
      text += "__REALTIME_TIMESTAMP=" + std::to_string(us) +
              "\n__MONOTONIC_TIMESTAMP=" + std::to_string(n_written) +
              "\n_BOOT_ID=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nMESSAGE=" + message +
              "\nPRIORITY=3\nSYSLOG_IDENTIFIER=test\n\n";
    }
    const std::string input = dir.write("export", text);
    const std::string command = writer_ + " --split-mode=none -o " + journal + "/" +
                                std::to_string(n_written) + ".journal " + input + " 2>/dev/null";
    RS_EXPECT_EQ(std::system(command.c_str()), 0);
  }

 private:
  std::string writer_;
};

}  // namespace

RS_TEST(journal_is_followed_from_what_comes_next) {
  Fixture f;
  f.write({"old"});
  Journald source(f.context(), f.journal);
  RS_EXPECT_OK(source.start());
  f.write({"one", "two"});
  RS_RUN_UNTIL(f, f.sink.events.size() == 2);
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (std::vector<std::string>{"one", "two"}));
  RS_EXPECT_EQ(f.sink.events[0].text("level"), "ERROR");
  RS_EXPECT_EQ(f.sink.events[0].text("component"), "test");
  RS_EXPECT_EQ(f.sink.events[0].metadata["source"].as_string().value_or(""), "journald");
}

RS_TEST(next_worker_goes_on_in_the_journal_where_the_last_one_stopped) {
  Fixture f;
  f.write({"old"});
  {
    Journald source(f.context(), f.journal);
    RS_EXPECT_OK(source.start());
    f.write({"one"});
    RS_RUN_UNTIL(f, f.sink.events.size() == 1);
    source.stop();
  }
  f.write({"two", "three"});
  Journald source(f.context(), f.journal);
  RS_EXPECT_OK(source.start());
  RS_RUN_UNTIL(f, f.sink.events.size() == 3);
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (std::vector<std::string>{"one", "two", "three"}));
}

RS_TEST(journal_that_comes_to_be_later_is_read_from_its_start) {
  Fixture f;
  Journald source(f.context(), f.journal);
  RS_EXPECT_OK(source.start());
  RS_EXPECT_CONTAINS(source.describe()["state"].as_string().value_or(""), "no readable journal");
  f.write({"first"});
  RS_RUN_UNTIL(f, f.sink.events.size() == 1);
  source.stop();
  RS_EXPECT_EQ(f.sink.n_errors, 0);
}

RS_TEST(machine_without_a_journal_is_no_error) {
  test::SourceFixture f;
  Journald source(f.context(), f.dir / "none");
  RS_EXPECT_OK(source.start());
  uv_run(f.loop(), UV_RUN_NOWAIT);
  RS_EXPECT_EQ(f.sink.n_errors, 0);
  RS_EXPECT_NE(source.describe()["state"].as_string().value_or(""), "following");
  source.stop();
}
