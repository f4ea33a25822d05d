#pragma once
// What the tests of the pipeline share: one over a real ring, and one over a log that only keeps.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/setup/worker_setup.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/pipeline.hpp"
#include "worker/ring_log.hpp"

namespace ringside::test {

inline constexpr EventOrigin kOrigin{.source = "test", .uid = 7, .line = 3};

struct PipelineFixture {
  TempDir dir;
  ManualClock clock;
  std::unique_ptr<RingWriter> ring = open_writer(dir / "ring", clock);
  std::unique_ptr<RingWriter> rejected = open_writer(dir / "rejected", clock);
  std::unique_ptr<ControlSegment> control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  Rejects rejects{*rejected};
  RingLog log{*ring};
  Pipeline pipeline{log, rejects, *control, clock};

  PipelineFixture() {
    RS_EXPECT_OK(control->join(ProcessKind::kWorker));
    std::filesystem::create_directory(dir / "schemas");
    dir.write(
        "schemas/Strict.schema.json",
        R"({"properties":{"data":{"required":["id"],"properties":{"id":{"type":"string"}}}}})");
    WorkerOptions options = parse_worker_options("", "test").options;
    options.schema_dir = dir / "schemas";
    options.max_line_bytes = 4096;
    WorkerSetup rules = std::move(make_worker_setup(options).setup);
    pipeline.set_rules(std::move(rules.schemas), std::move(rules.redactor), rules.limits);
  }

  std::string accept(std::string_view text) {
    pipeline.begin_burst();
    const auto refused = pipeline.accept(text, kOrigin);
    pipeline.end_turn();
    return refused ? refused->message : "";
  }
  std::string last(const char* name = "ring") {
    const auto reader = attach_reader(dir / name);
    const RingReader::Seek seek = reader->seek_seq(reader->head());
    Cursor at = seek.cursor;
    return std::string(read_record(*reader, at).text());
  }
  std::string id() { return format_event_id({ring->epoch(), Seq{ring->next_seq().value - 1}}); }
};

// Keeps what it is given.
struct KeptLog final : EventLog {
  struct Entry {
    std::string name;
    std::string object;
    bool has_timestamp = false;
    bool is_one_line = false;
    WallTime received;
  };
  std::vector<Entry> entries;
  std::size_t n_turns = 0;

  Ticket append(const AcceptedEvent& entry) override {
    entries.push_back({std::string(entry.name), std::string(entry.object), entry.has_timestamp,
                       entry.is_one_line, entry.received});
    return entries.size();
  }
  [[nodiscard]] Ticket stored_up_to() const noexcept override { return entries.size(); }
  [[nodiscard]] std::size_t max_event_bytes() const noexcept override { return 4096; }
  void end_turn() noexcept override { ++n_turns; }
};

// A pipeline over a log that only keeps.
struct WithKeptLog {
  PipelineFixture f;
  KeptLog log;
  Pipeline pipeline{log, f.rejects, *f.control, f.clock};

  WithKeptLog() {
    WorkerOptions options = parse_worker_options("", "test").options;
    options.schema_dir = f.dir / "schemas";
    options.max_line_bytes = 4096;
    WorkerSetup rules = std::move(make_worker_setup(options).setup);
    pipeline.set_rules(std::move(rules.schemas), std::move(rules.redactor), rules.limits);
  }
  // The way that an event takes: 's'hape, 'a's it is, with 'c'are; 'r' for refused.
  char way_of(std::string_view text, const EventOrigin& origin = kOrigin) {
    const PipelineWays before = pipeline.ways();
    const bool refused = pipeline.accept(text, origin).has_value();
    const PipelineWays& after = pipeline.ways();
    RS_EXPECT_EQ(after.n_by_shape + after.n_as_they_are + after.n_with_care,
                 before.n_by_shape + before.n_as_they_are + before.n_with_care + 1);
    return refused                                      ? 'r'
           : after.n_by_shape > before.n_by_shape       ? 's'
           : after.n_as_they_are > before.n_as_they_are ? 'a'
                                                        : 'c';
  }
};

}  // namespace ringside::test
