// A ring that was made at the start, because there was none, has an epoch of its own until the log is there: nobody can have
// an id of it, since nothing is ever put into it.
#include "worker/cluster/node_ring.hpp"

#include <array>
#include <utility>

#include "core/base/check.hpp"
#include "core/event/lineage.hpp"
#include "core/event/type.hpp"
#include "core/ring/reader.hpp"

namespace ringside::cluster {

NodeRing::NodeRing(std::unique_ptr<RingWriter> ring, RingOptions options, const Clock& clock,
                   std::function<void()> on_replaced)
    : ring_(std::move(ring)),
      options_(std::move(options)),
      clock_(clock),
      on_replaced_(std::move(on_replaced)),
      is_of_the_log_(ring_->recovered()) {}

Seq NodeRing::head() const noexcept { return Seq{ring_->next_seq().value - 1}; }

Status NodeRing::start(const RingStart& start) {
  RingOptions options = options_;
  const std::array past{PastEpoch{start.previous_epoch, start.valid_through}};
  const bool has_past = start.previous_epoch != Epoch{};
  options.lineage = Lineage::make(start.epoch, has_past ? std::span<const PastEpoch>(past)
                                                        : std::span<const PastEpoch>())
                        .value_or(Lineage(start.epoch));
  options.first = start.first;
  options.replaces = true;
  ring_.reset();  // gives the lock up
  auto made = RingWriter::open(options, clock_);
  if (!made) {
    const Error error = made.error();
    made = RingWriter::open(options_, clock_);  // readers have something to attach to
    RS_CHECK(made.has_value());
    ring_ = std::move(*made);
    return tl::unexpected(error);
  }
  ring_ = std::move(*made);
  is_of_the_log_ = true;
  on_replaced_();
  return {};
}

void NodeRing::append(std::string_view name, std::string_view object, std::string_view rest,
                      WallTime received) {
  (void)ring_->append(static_cast<std::uint8_t>(event_type_of(name)), name, object, rest, received);
  has_new_ = true;
}

std::optional<std::string> NodeRing::text_of(Seq seq) const {
  const auto reader = RingReader::over(ring_->bytes());
  if (!reader) {
    return std::nullopt;
  }
  RingReader::Seek seek = (*reader)->seek_seq(seq);
  Record record;
  if (seek.cursor.seq != seq ||
      (*reader)->read_next(seek.cursor, record).outcome != ReadOutcome::kRecord) {
    return std::nullopt;
  }
  return std::string(record.text());
}

void NodeRing::wake() noexcept {
  if (std::exchange(has_new_, false)) {
    ring_->wake();
  }
}

}  // namespace ringside::cluster
