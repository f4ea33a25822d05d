#pragma once
// Attendee: what the hub knows of a session. The hub decides when each is served; the attendee does what is due and
// says when it next wants to be asked.
//
// Threads: the lws service thread only. Attendees come and go only from host callbacks, never within a call of the hub.

#include <chrono>
#include <cstddef>
#include <limits>

#include "core/base/time.hpp"
#include "core/proto/close_code.hpp"
#include "core/ring/types.hpp"

namespace ringside {

struct Chunk;
class FrameCache;
class WorkBudget;

class Attendee {
 public:
  // Until `until`, and as long as the head is below `head`, a pump would do nothing: the hub may skip it.
  struct IdleUntil {
    MonoTime until = MonoTime::min();
    Seq head{};
  };
  // Idle until an event at or after `seq` arrives.
  [[nodiscard]] static IdleUntil idle_until(Seq seq) noexcept { return {MonoTime::max(), seq}; }

  enum class Background {
    kDone,      // nothing is left; the hub forgets it until it registers again
    kMore,      // it could continue at once
    kNextTurn,  // it has had its part of this turn
    kWaiting,  // for its socket, a quota or a message: asked again with the next turn, which need not come soon
  };

  virtual ~Attendee() = default;

  // Delivers what is live, as far as the socket takes it and the budget lasts.
  virtual IdleUntil pump() = 0;
  // A slice of work that may wait: history, searches, steps.
  virtual Background run_background(WorkBudget& budget) = 0;
  // Sends what the attendee has handed to Hub::send_later().
  virtual void send_chunk(Chunk& chunk) = 0;
  virtual void prefetch_connection() const noexcept = 0;

  // Deadlines. Returns when it wants to be called next; it is called at the first tick at or after that.
  virtual MonoTime on_due(MonoTime now) = 0;
  virtual void on_revocations() = 0;
  // The ring was replaced; `last` is the head of the old one.
  virtual void on_new_epoch(EventId last) = 0;
  // The ring was replaced by one that continues with the same ids; perhaps it is still being filled and ends before events
  // that this attendee has had.
  virtual void on_new_ring() = 0;
  virtual void close_at(MonoTime when, CloseCode code) = 0;

  // Writes the numbers of its entry in the list of connections; called every few seconds.
  virtual void refresh_listing() noexcept {}

  // Attendees with the same frames are served one after the other; null before there are any.
  [[nodiscard]] virtual const FrameCache* frames() const noexcept = 0;

 protected:
  // `reads_ring`: false for one that only has deadlines, and for which the ring need not be followed.
  explicit Attendee(bool reads_ring = true) noexcept : reads_ring_(reads_ring) {}

 private:
  friend class Hub;
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
  bool reads_ring_;
  std::size_t place_ = kNowhere;             // in the hub's list
  std::size_t background_place_ = kNowhere;  // in its list of background work
};

}  // namespace ringside
