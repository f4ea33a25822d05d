#pragma once
// Pipeline: the text of an event in, a record in the ring out, or a reason why not. Every source
// ends here.
//
//   text -> UTF-8 repaired -> JSON -> envelope -> schema of its type -> redacted -> id and time put
//   in -> ring
//
// Threads: the loop's. Nothing is queued: what accept() says is done when it returns.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json_skim.hpp"
#include "core/base/time.hpp"
#include "core/control/control_segment.hpp"
#include "core/redact/redactor.hpp"
#include "core/ring/writer.hpp"
#include "core/schema/schema_set.hpp"
#include "worker/rejects.hpp"
#include "worker/shape_cache.hpp"
#include "worker/sources/source.hpp"

namespace ringside {

struct PipelineLimits {
  std::size_t max_event_bytes = 256U << 10U;
  std::size_t max_depth = 32;
};

class Pipeline final : public Sink {
 public:
  Pipeline(RingWriter& ring, Rejects& rejects, ControlSegment& control, const Clock& clock);

  // What a reload changes. Both must be set before the first event.
  void set_rules(std::unique_ptr<SchemaSet> schemas, std::unique_ptr<Redactor> redactor,
                 PipelineLimits limits);

  // Takes one event. In the ring when it returns nothing; else the reason, counted and kept in the
  // ring of rejects.
  //   Cost: grows by half a microsecond, one, ten: for a 300-byte event of a known shape, one that
  //   is well-formed, known and clean, and others.
  std::optional<Rejection> accept(std::string_view text, const EventOrigin& origin);
  // Counts and keeps what was refused before it could be looked at (a line that is too long).
  void reject(const Rejection& rejection, std::string_view text, const EventOrigin& origin);

  // Begin of a burst of events that were received at the same time.
  void begin_burst() noexcept { now_ = clock_.wall_now(); }
  // End of a turn of the loop: wakes readers when something was appended, and counts.
  void end_turn() noexcept;
  void count_datagrams(std::uint64_t n) noexcept { n_datagrams_ += n; }

  // Sink: for built-in sources.
  bool emit(std::string_view event_type, const Json& data, const Json& metadata,
            std::string_view timestamp) override;
  void count_error() override;

  [[nodiscard]] const PipelineLimits& limits() const noexcept { return limits_; }

 private:
  struct Envelope;
  [[nodiscard]] bool accept_by_shape(std::string_view text);
  [[nodiscard]] bool accept_as_it_is(std::string_view text);
  [[nodiscard]] std::optional<Rejection> accept_with_care(std::string_view text);
  [[nodiscard]] std::optional<Rejection> check(JsonRef event, const SchemaSet::Entry*& entry) const;
  // Writes `object`, a JSON object's text without its final brace, completed by what is missing.
  // `is_one_line`: it is known to have no line breaks. False when it is too large for the ring.
  [[nodiscard]] bool append(EventType type, std::string_view name, std::string_view object,
                            bool has_timestamp, bool is_one_line);
  [[nodiscard]] std::string_view now_text();

  RingWriter& ring_;
  Rejects& rejects_;
  ControlSegment& control_;
  const Clock& clock_;
  std::unique_ptr<SchemaSet> schemas_;
  std::unique_ptr<Redactor> redactor_;
  PipelineLimits limits_;

  WallTime now_;
  WallTime now_of_text_;
  std::string now_text_;
  std::string epoch_text_;
  JsonSkim skim_;
  ShapeCache shapes_;
  std::vector<Schema::LeafRule> rules_;
  std::string one_line_;  // an event without its line breaks
  std::string end_;       // what is put behind an event

  std::uint64_t n_appended_ = 0;  // since end_turn()
  std::uint64_t n_bytes_ = 0;
  std::uint64_t n_rejected_ = 0;
  std::uint64_t n_redacted_ = 0;
  std::uint64_t n_repaired_ = 0;
  std::uint64_t n_datagrams_ = 0;
};

}  // namespace ringside
