#pragma once
// HiddenIds: ids for those who may see only some rows. A sequence counts the events of everybody, so two of them tell how many
// lie between; what these clients get instead is the same for the same event and tells nothing. It is a permutation of numbers
// under a key of the run directory, so every process can read it, and nothing has to be kept.
//
// Threads: one.  Cost: half a microsecond for each id.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/event/event_id.hpp"

namespace ringside {

class HiddenIds {
 public:
  using Key = std::array<std::uint64_t, 2>;
  explicit HiddenIds(const Key& key);
  ~HiddenIds();
  HiddenIds(const HiddenIds&) = delete;
  HiddenIds& operator=(const HiddenIds&) = delete;

  // Of an event.
  [[nodiscard]] Seq hide(Seq seq) const noexcept { return encrypt(seq, 0); }
  // Of a place in the stream, such as its head: another number each time, so that nobody sees whether it has moved.
  [[nodiscard]] Seq hide_place(Seq seq) noexcept;
  // The sequence that hide() or hide_place() was given. For any other number, some number: compare it with the head.
  [[nodiscard]] Seq reveal(Seq hidden) const noexcept;
  // Whether it was made here: those numbers have 19 or 20 digits, and no ring has so many events.
  [[nodiscard]] static bool is_hidden(Seq seq) noexcept { return (seq.value & kMark) != 0; }

 private:
  static constexpr std::uint64_t kMark = std::uint64_t{1} << 63U;
  [[nodiscard]] Seq encrypt(Seq seq, std::uint64_t salt) const noexcept;
  [[nodiscard]] std::uint32_t mix(std::uint32_t half, unsigned round) const noexcept;

  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  std::uint64_t n_places_ = 0;
};

// The end of an event's text, `"id":"5f3a9c1e:184467"}`, as the worker writes it.
//   Returns: where the id begins; nothing when the text does not end so.
[[nodiscard]] std::optional<std::size_t> place_of_id(std::string_view event_text) noexcept;

// The text with this id instead of its own. It has one at its end, see place_of_id().
[[nodiscard]] std::string with_id(std::string_view event_text, EventId id);

}  // namespace ringside
