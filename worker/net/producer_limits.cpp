// Without a limit for each user, one member of the producers' group could take all places and keep
// every other program's events out.
#include "worker/net/producer_limits.hpp"

#include <fmt/format.h>

#include "core/base/check.hpp"

namespace ringside {

void ProducerLimits::set(unsigned max_total, unsigned max_per_uid) noexcept {
  max_total_ = max_total;
  max_per_uid_ = max_per_uid;
}

std::optional<std::string> ProducerLimits::objection(uid_t uid) const {
  if (n_producers_ >= max_total_) {
    return fmt::format("{} producers are connected already (events.max_producers)", n_producers_);
  }
  if (const auto found = of_uid_.find(uid);
      found != of_uid_.end() && found->second >= max_per_uid_) {
    return fmt::format(
        "{} producers of uid {} are connected already (events.max_producers_per_uid)",
        found->second, uid);
  }
  return std::nullopt;
}

void ProducerLimits::add(uid_t uid) {
  ++of_uid_[uid];
  ++n_producers_;
}

void ProducerLimits::remove(uid_t uid) {
  const auto found = of_uid_.find(uid);
  RS_CHECK(found != of_uid_.end());
  if (--found->second == 0) {
    of_uid_.erase(found);
  }
  --n_producers_;
}

}  // namespace ringside
