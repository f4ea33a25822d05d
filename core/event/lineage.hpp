#pragma once
// Lineage: the epochs of one history, in which sequences continue. A machine that stopped without a clean stop may
// have lost its newest events; the history then continues with a new epoch, and ids of the epoch before are valid up
// to the last event that was not lost.
//
// Threads: pure.
//   Source: docs/ring-format.md, "Epochs".

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/event/event_id.hpp"

namespace ringside {

// An epoch that has ended. The sequences up to `valid_through` mean the same events in the epochs that follow.
struct PastEpoch {
  Epoch epoch;
  Seq valid_through;
  auto operator<=>(const PastEpoch&) const = default;
};

class Lineage {
 public:
  // Older epochs are forgotten: their ids then count as ids of an unknown history.
  static constexpr std::size_t kMaxPast = 15;

  Lineage() = default;  // of no epoch
  explicit Lineage(Epoch current) noexcept : current_(current) {}
  // `past`: newest first. Nothing when the list is too long, or contradicts itself: no epoch, an epoch that occurs
  // twice, an older epoch that ends later.
  [[nodiscard]] static std::optional<Lineage> make(Epoch current, std::span<const PastEpoch> past);

  [[nodiscard]] Epoch current() const noexcept { return current_; }
  [[nodiscard]] std::span<const PastEpoch> past() const noexcept { return {past_.data(), n_past_}; }

  // The current epoch ends with `valid_through`, and `next` begins. `valid_through` is not before the end of a past
  // epoch, and `next` is not one of them.
  void begin(Epoch next, Seq valid_through) noexcept;

  // The epoch in which the event with this sequence was given its id. The oldest one known for sequences before it.
  [[nodiscard]] Epoch epoch_of(Seq seq) const noexcept;
  // The sequence that an id means in this history; nothing for an id of another history, and for one after the end of
  // its epoch.
  [[nodiscard]] std::optional<Seq> resolve(EventId id) const noexcept;
  // The last sequence of a past epoch that is valid; nothing for other epochs.
  [[nodiscard]] std::optional<Seq> end_of(Epoch epoch) const noexcept;

  bool operator==(const Lineage& other) const noexcept;

 private:
  Epoch current_;
  std::size_t n_past_ = 0;
  std::array<PastEpoch, kMaxPast> past_{};  // newest first
};

// A random epoch that is none of these.
[[nodiscard]] Epoch new_epoch(const Lineage& before);

}  // namespace ringside
