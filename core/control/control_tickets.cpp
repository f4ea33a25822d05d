// A ticket is used once although several processes may be asked to at the same time: its place is one word, which the first
// exchanges for 0. The word has the ticket's end, too, so a place that was never used becomes free by itself.
#include <algorithm>
#include <array>

#include "core/base/random.hpp"
#include "core/control/control_impl.hpp"
#include "core/control/user_table.hpp"

namespace ringside {
namespace {

constexpr unsigned kEndShift = 32;

[[nodiscard]] std::uint64_t seconds_of(WallTime time) noexcept {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(to_ns(time) / 1'000'000'000, 0));
}

[[nodiscard]] bool is_free(std::uint64_t word, std::uint64_t now_s) noexcept {
  return word == 0 || word >> kEndShift <= now_s;
}

[[nodiscard]] std::size_t n_free(const control::SharedU64 (&bucket)[control::kTicketBucketPlaces],
                                 std::uint64_t now_s) noexcept {
  return static_cast<std::size_t>(std::count_if(
      std::begin(bucket), std::end(bucket),
      [now_s](const control::SharedU64& place) { return is_free(place.load(), now_s); }));
}

}  // namespace

std::optional<ControlSegment::Ticket> ControlSegment::issue_ticket(
    std::string_view user, std::chrono::seconds lifetime) noexcept {
  control::Segment& segment = impl_->segment();
  const std::uint64_t now_s = seconds_of(impl_->clock.wall_now());
  const std::uint64_t hash = control::user_hash_of(segment, user);
  const std::size_t first = hash % control::kTicketBuckets;
  const std::size_t second =
      (first + 1 + (hash >> 32U) % (control::kTicketBuckets - 1)) % control::kTicketBuckets;
  const std::size_t bucket =
      n_free(segment.tickets[first], now_s) >= n_free(segment.tickets[second], now_s) ? first
                                                                                      : second;
  const std::uint64_t random = random_number() & 0xFFFFFFFFU;
  const std::uint64_t word = (now_s + static_cast<std::uint64_t>(lifetime.count())) << kEndShift |
                             std::max<std::uint64_t>(random, 1);
  for (std::size_t i = 0; i < control::kTicketBucketPlaces; ++i) {
    control::SharedU64& place = segment.tickets[bucket][i];
    std::uint64_t was = place.load();
    if (is_free(was, now_s) && place.compare_exchange_strong(was, word)) {
      return Ticket{static_cast<std::uint32_t>(bucket * control::kTicketBucketPlaces + i), word};
    }
  }
  return std::nullopt;
}

bool ControlSegment::use_ticket(Ticket ticket) noexcept {
  if (ticket.place >= control::kTicketBuckets * control::kTicketBucketPlaces ||
      is_free(ticket.word, seconds_of(impl_->clock.wall_now()))) {
    return false;
  }
  control::SharedU64& place = impl_->segment().tickets[ticket.place / control::kTicketBucketPlaces]
                                                      [ticket.place % control::kTicketBucketPlaces];
  return place.compare_exchange_strong(ticket.word, 0);
}

}  // namespace ringside
