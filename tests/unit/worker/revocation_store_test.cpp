#include "worker/revocation_store.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A run directory that does not survive a reboot, and a state directory that does.
struct Machine {
  TempDir run;
  TempDir disk;
  uv_loop_t loop{};
  std::string state_dir = disk / "state";
  std::string path = state_dir + "/revocations";
  std::unique_ptr<ControlSegment> control;

  Machine() {
    RS_EXPECT_EQ(uv_loop_init(&loop), 0);
    boot();
  }
  ~Machine() {
    uv_run(&loop, UV_RUN_DEFAULT);
    RS_EXPECT_EQ(uv_loop_close(&loop), 0);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  void boot() {
    control.reset();
    ::unlink((run / "control").c_str());
    control = RS_UNWRAP(ControlSegment::open(run / "control", system_clock()));
  }
  void save() {
    RevocationStore store(loop, state_dir, *control);
    RS_EXPECT_OK(store.load());
    store.update(milliseconds(0));
    uv_run(&loop, UV_RUN_DEFAULT);
  }
  void write(const std::string& text) const {
    ::mkdir(state_dir.c_str(), 0700);
    std::ofstream(path) << text;
  }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] Status load() {
    RevocationStore store(loop, state_dir, *control);
    return store.load();
  }
};

}  // namespace

RS_TEST(records_come_back_from_the_text_as_they_were) {
  const std::vector<RevocationRecord> records{
      {0xfedcba9876543210, wall_from_ns(1), std::nullopt},
      {2, wall_from_ns(1'758'880'800'000'000'123), wall_from_ns(1'758'880'900'000'000'456)}};
  RS_EXPECT(RS_UNWRAP(parse_revocations(format_revocations(records))) == records);
  RS_EXPECT(RS_UNWRAP(parse_revocations(format_revocations({}))).empty());
}

RS_TEST(damaged_text_is_an_error_with_its_line) {
  const std::string good = format_revocations({{5, wall_from_ns(7), std::nullopt}});
  for (std::size_t n = 0; n < good.size(); ++n) {  // cut off anywhere
    RS_EXPECT(!parse_revocations(good.substr(0, n)).has_value());
  }
  const auto objection = [](const char* body) {
    const auto parsed = parse_revocations("ringside revocations 1\n" + std::string(body));
    return parsed ? std::string() : parsed.error().message;
  };
  for (const char* body :
       {"5 7\nend 1\n", "5 7 0 0\nend 1\n", "x 7 0\nend 1\n", "1 7 0\nend 1\n", "5 -7 0\nend 1\n",
        "5 7 -1\nend 1\n", "5  7 0\nend 1\n", "\nend 0\n", "11112222333344445 7 0\nend 1\n"}) {
    RS_EXPECT_CONTAINS(objection(body), "line 2: is not a revocation");
  }
  RS_EXPECT_CONTAINS(objection("5 7 0\nend 2\n"), "line 3: the number");
  RS_EXPECT_CONTAINS(objection("end 0\nend 0\n"), "does not end");
  RS_EXPECT_CONTAINS(parse_revocations("ringside revocations 2\nend 0\n").error().message,
                     "line 1");
}

RS_TEST(revocations_survive_a_reboot) {
  Machine machine;
  RS_EXPECT(machine.control->revoke(RevocationKind::kTokenId, "stolen"));
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "mallory", hours(1)));
  machine.save();
  const auto saved = machine.control->saved_revocations();
  RS_EXPECT_EQ(saved.generation, machine.control->revocation_generation());
  struct stat status {};
  RS_EXPECT_EQ(::stat(machine.path.c_str(), &status), 0);
  RS_EXPECT_EQ(status.st_mode & 0777U, 0600U);

  machine.boot();
  RS_EXPECT(!machine.control->is_revoked("mallory", "stolen", std::nullopt));
  RS_EXPECT_OK(machine.load());
  RS_EXPECT_EQ(machine.control->n_revocations(), 2U);
  RS_EXPECT(machine.control->is_revoked("mallory", "", std::nullopt));
  RS_EXPECT(machine.control->is_revoked("alice", "stolen", std::nullopt));
}

RS_TEST(what_was_revoked_before_the_file_is_loaded_is_kept_and_saved) {
  Machine machine;
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "first"));
  machine.save();
  machine.boot();
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "second"));
  machine.save();
  machine.boot();
  RS_EXPECT_OK(machine.load());
  RS_EXPECT(machine.control->is_revoked("first", "", std::nullopt));
  RS_EXPECT(machine.control->is_revoked("second", "", std::nullopt));
}

RS_TEST(file_is_written_only_when_something_has_changed) {
  Machine machine;
  RevocationStore store(machine.loop, machine.state_dir, *machine.control);
  RS_EXPECT_OK(store.load());
  store.update(milliseconds(0));
  uv_run(&machine.loop, UV_RUN_DEFAULT);
  RS_EXPECT_NE(::access(machine.state_dir.c_str(), F_OK), 0);  // nobody has revoked anything
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "mallory"));
  store.update(milliseconds(0));
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "trent"));  // while it is written
  uv_run(&machine.loop, UV_RUN_DEFAULT);
  RS_EXPECT_EQ(RS_UNWRAP(parse_revocations(machine.text())).size(), 2U);
  ::unlink(machine.path.c_str());
  store.update(milliseconds(0));
  uv_run(&machine.loop, UV_RUN_DEFAULT);
  RS_EXPECT_NE(::access(machine.path.c_str(), F_OK), 0);
}

RS_TEST(those_that_have_ended_are_not_restored) {
  Machine machine;
  machine.write(format_revocations(
      {{5, wall_from_ns(7), wall_from_ns(8)}, {6, wall_from_ns(7), std::nullopt}}));
  RevocationStore store(machine.loop, machine.state_dir, *machine.control);
  RS_EXPECT_OK(store.load());
  RS_EXPECT_EQ(machine.control->n_revocations(), 1U);
  store.update(hours(1));  // older than that is forgotten, and the file says so
  uv_run(&machine.loop, UV_RUN_DEFAULT);
  RS_EXPECT_EQ(machine.control->n_revocations(), 0U);
  RS_EXPECT(RS_UNWRAP(parse_revocations(machine.text())).empty());
}

RS_TEST(damaged_file_and_one_that_does_not_fit_are_errors) {
  Machine machine;
  machine.write("nonsense\n");
  RS_EXPECT_CONTAINS(machine.load().error().message, machine.path + ": line 1");
  std::vector<RevocationRecord> records;
  for (std::uint64_t i = 0; i < ControlSegment::kMaxRevocations; ++i) {
    records.push_back({i + 2, wall_from_ns(7), std::nullopt});
  }
  machine.write(format_revocations(records));
  RS_EXPECT_OK(machine.load());
  RS_EXPECT_OK(machine.load());  // again: they are there
  machine.boot();
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "mallory"));
  RS_EXPECT_CONTAINS(machine.load().error().message, "1 of 65536 do not fit");
  ::unlink(machine.path.c_str());
  RS_EXPECT_EQ(::mkdir(machine.path.c_str(), 0700), 0);
  RS_EXPECT_CONTAINS(machine.load().error().message, "Is a directory");
}

RS_TEST(failure_to_save_is_told_in_the_control_segment) {
  Machine machine;
  machine.state_dir = machine.disk / "missing/state";
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "mallory"));
  machine.save();
  RS_EXPECT_EQ(machine.control->saved_revocations().error, ENOENT);
  RS_EXPECT_EQ(machine.control->saved_revocations().generation, 0U);
}

RS_TEST(store_may_go_while_its_file_is_written) {
  Machine machine;
  RS_EXPECT(machine.control->revoke(RevocationKind::kUser, "mallory"));
  {
    RevocationStore store(machine.loop, machine.state_dir, *machine.control);
    store.update(milliseconds(0));
  }
  uv_run(&machine.loop, UV_RUN_DEFAULT);
  RS_EXPECT_EQ(RS_UNWRAP(parse_revocations(machine.text())).size(), 1U);
}

}  // namespace ringside::test
