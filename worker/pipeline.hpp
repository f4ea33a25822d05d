#pragma once
// Pipeline: decides whether the text of an event is accepted, and gives what is to the event log.
// Every source ends here.
//
//   text -> repaired -> JSON -> envelope -> schema of its type -> redacted -> EventLog
//
// Threads: the loop's. Nothing is queued: an event that accept() takes has been given to the log when
// it returns. Whether it is stored, the log says.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json_skim.hpp"
#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/secret_block.hpp"
#include "core/schema/schema_set.hpp"
#include "core/setup/worker_setup.hpp"
#include "worker/event_log.hpp"
#include "worker/rejects.hpp"
#include "worker/shape_cache.hpp"
#include "worker/sources/source.hpp"

namespace ringside {

// How many events went which way since the start; the last one includes those that were refused.
struct PipelineWays {
  std::uint64_t n_by_shape = 0;
  std::uint64_t n_as_they_are = 0;
  std::uint64_t n_with_care = 0;
};

class Pipeline final : public Sink {
 public:
  Pipeline(EventLog& log, Rejects& rejects, ControlSegment& control, const Clock& clock);

  // Applies a start or reload. Must be called before the first event.
  void set_rules(std::unique_ptr<SchemaSet> schemas, std::unique_ptr<Redactor> redactor,
                 EventLimits limits);

  // Takes one event. Returns nothing when it was accepted; else the reason, counted and kept in the
  // ring of rejects.
  //   Cost: grows by half a microsecond, one, ten: for a 300-byte event of a known shape, one that
  //   is well-formed, known and clean, and others.
  std::optional<Rejection> accept(std::string_view text, const EventOrigin& origin);
  // Counts and keeps what was refused before it could be looked at (a line that is too long).
  void reject(const Rejection& rejection, std::string_view text, const EventOrigin& origin);

  // Why an event that cannot wait is refused while is_full().
  [[nodiscard]] static Rejection no_room();

  // A number for EventOrigin::stream that no other connection of this worker had or gets.
  [[nodiscard]] std::uint64_t begin_stream() noexcept { return ++n_streams_; }
  // The connection has ended: what it left unfinished concerns no other.
  void end_stream(const EventOrigin& origin) noexcept;

  // Begin of a burst of events that were received at the same time.
  void begin_burst() noexcept { now_ = clock_.wall_now(); }
  // End of a turn of the loop: wakes readers when something was appended, and counts.
  void end_turn() noexcept;
  void count_datagrams(std::uint64_t n) noexcept { n_datagrams_ += n; }

  // Sink: for built-in sources.
  bool emit(std::string_view event_type, const Json& data, const Json& metadata,
            std::string_view timestamp) override;
  void count_error() override;

  [[nodiscard]] const EventLimits& limits() const noexcept { return limits_; }
  [[nodiscard]] const PipelineWays& ways() const noexcept { return ways_; }
  // Of the event that was accepted last; 0 before the first.
  [[nodiscard]] Ticket last_ticket() const noexcept { return last_ticket_; }
  // Whether the log has no room: producers are left unread.
  [[nodiscard]] bool is_full() const noexcept { return log_.is_full(); }
  [[nodiscard]] Ticket stored_up_to() const noexcept { return log_.stored_up_to(); }

 private:
  // One of the two quick ways.
  [[nodiscard]] bool accept_quickly(std::string_view text, const EventOrigin& origin);
  // Makes stamped_ of `text`: the same with metadata.producer. False where the slow way has to do it.
  [[nodiscard]] bool stamp(std::string_view text, std::string_view producer);
  [[nodiscard]] bool accept_by_shape(std::string_view text);
  [[nodiscard]] bool accept_as_it_is(std::string_view text);
  [[nodiscard]] std::optional<Rejection> accept_with_care(std::string_view text,
                                                          const EventOrigin& origin);
  [[nodiscard]] std::optional<Rejection> check(JsonRef event, const SchemaSet::Entry*& entry) const;
  // Hides what belongs to a secret of several lines, of which this event has some.
  [[nodiscard]] bool hide_blocks(JsonRef event, const EventOrigin& origin);
  [[nodiscard]] bool append(EventType type, std::string_view name, std::string_view object,
                            bool has_timestamp, bool is_one_line);

  EventLog& log_;
  Rejects& rejects_;
  ControlSegment& control_;
  const Clock& clock_;
  std::unique_ptr<SchemaSet> schemas_;
  std::unique_ptr<Redactor> redactor_;
  EventLimits limits_;

  WallTime now_;
  JsonSkim skim_;
  std::string stamped_;
  ShapeCache shapes_;
  SecretBlocks blocks_;
  std::uint64_t n_streams_ = 0;
  std::vector<Schema::LeafRule> rules_;
  Ticket last_ticket_ = 0;
  PipelineWays ways_;

  std::uint64_t n_appended_ = 0;  // since end_turn()
  std::uint64_t n_bytes_ = 0;
  std::uint64_t n_rejected_ = 0;
  std::uint64_t n_redacted_ = 0;
  std::uint64_t n_repaired_ = 0;
  std::uint64_t n_datagrams_ = 0;
};

}  // namespace ringside
