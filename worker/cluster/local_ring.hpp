#pragma once
// LocalRing: the ring of this machine, as the follower of a log fills it: with sequences and an epoch that the log decides.
//
// Threads: the loop's.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/event/event_id.hpp"

namespace ringside::cluster {

// Where a ring begins, and which ids of the epoch before are good in it.
struct RingStart {
  Epoch epoch;
  Seq first;
  Epoch previous_epoch;  // 0: none
  Seq valid_through;
};

class LocalRing {
 public:
  virtual ~LocalRing() = default;
  // The ring that is there when the node starts, if one is.
  [[nodiscard]] virtual bool is_open() const noexcept = 0;
  [[nodiscard]] virtual Epoch epoch() const noexcept = 0;
  [[nodiscard]] virtual Seq head() const noexcept = 0;
  [[nodiscard]] virtual std::size_t max_record_bytes() const noexcept = 0;
  // Puts an empty ring in the place of the one before; readers attach again.
  [[nodiscard]] virtual Status start(const RingStart& start) = 0;
  // `object` without its final brace, `rest` what follows it.
  virtual void append(std::string_view name, std::string_view object, std::string_view rest,
                      WallTime received) = 0;
  // The text of an event that it still has.
  [[nodiscard]] virtual std::optional<std::string> text_of(Seq seq) const = 0;
  virtual void wake() noexcept = 0;
};

}  // namespace ringside::cluster
