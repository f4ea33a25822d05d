#pragma once
// ProducerLimits: how many producers may be connected to events.sock, in total and for each user.
//
// Threads: the loop's.

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

namespace ringside {

class ProducerLimits {
 public:
  // Applies a reload. Connected producers stay, also beyond the new limits.
  void set(unsigned max_total, unsigned max_per_uid) noexcept;

  // Why no further producer of `uid` can be admitted, for the producer: it names the option that
  // sets the limit. Nothing when there is a place.
  [[nodiscard]] std::optional<std::string> objection(uid_t uid) const;

  void add(uid_t uid);
  // `uid` must have been added; each add() is taken back once.
  void remove(uid_t uid);

  [[nodiscard]] std::size_t n_producers() const noexcept { return n_producers_; }

 private:
  unsigned max_total_ = 1024;
  unsigned max_per_uid_ = 256;
  std::size_t n_producers_ = 0;
  std::unordered_map<uid_t, std::size_t> of_uid_;  // without users who have none
};

}  // namespace ringside
