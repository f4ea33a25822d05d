// Sequences are never given twice in one history, so an id needs no translation: only whether its event is still the
// one that the client has seen is in question, and one number for each epoch answers that.
#include "core/event/lineage.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "core/base/random.hpp"

namespace ringside {

std::optional<Lineage> Lineage::make(Epoch current, std::span<const PastEpoch> past) {
  if (past.size() > kMaxPast || current.value == 0) {
    return std::nullopt;
  }
  Lineage lineage(current);
  for (const PastEpoch& epoch : past) {
    const bool is_known = epoch.epoch == current || lineage.end_of(epoch.epoch).has_value();
    const bool is_late = lineage.n_past_ > 0 &&
                         epoch.valid_through > lineage.past_[lineage.n_past_ - 1].valid_through;
    if (epoch.epoch.value == 0 || is_known || is_late) {
      return std::nullopt;
    }
    lineage.past_[lineage.n_past_++] = epoch;
  }
  return lineage;
}

void Lineage::begin(Epoch next, Seq valid_through) noexcept {
  RS_CHECK(next.value != 0 && next != current_ && !end_of(next));
  RS_CHECK(n_past_ == 0 || past_[0].valid_through <= valid_through);
  if (current_.value != 0) {
    n_past_ = std::min(n_past_ + 1, kMaxPast);
    std::move_backward(past_.begin(), past_.begin() + static_cast<std::ptrdiff_t>(n_past_) - 1,
                       past_.begin() + static_cast<std::ptrdiff_t>(n_past_));
    past_[0] = {current_, valid_through};
  }
  current_ = next;
}

Epoch Lineage::epoch_of(Seq seq) const noexcept {
  Epoch epoch = current_;
  for (const PastEpoch& ended : past()) {
    if (seq > ended.valid_through) {
      break;
    }
    epoch = ended.epoch;
  }
  return epoch;
}

std::optional<Seq> Lineage::resolve(EventId id) const noexcept {
  if (id.epoch == current_) {
    return id.seq;
  }
  const std::optional<Seq> end = end_of(id.epoch);
  return end && id.seq <= *end ? std::optional(id.seq) : std::nullopt;
}

std::optional<Seq> Lineage::end_of(Epoch epoch) const noexcept {
  for (const PastEpoch& ended : past()) {
    if (ended.epoch == epoch) {
      return ended.valid_through;
    }
  }
  return std::nullopt;
}

Epoch new_epoch(const Lineage& before) {
  Epoch epoch;
  while (epoch.value == 0 || epoch == before.current() || before.end_of(epoch)) {
    epoch.value = static_cast<std::uint32_t>(random_number());
  }
  return epoch;
}

bool Lineage::operator==(const Lineage& other) const noexcept {
  return current_ == other.current_ && std::ranges::equal(past(), other.past());
}

}  // namespace ringside
