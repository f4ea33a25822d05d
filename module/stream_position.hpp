#pragma once
// StreamPosition: where a connection is in the stream. One cursor for what is live and, while history is played, a second
// one that runs towards it; the rules for the two are here and nowhere else.  Threads: the lws service thread only.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/check.hpp"
#include "core/ring/types.hpp"
#include "module/delivery/frame_cache.hpp"

namespace ringside {

// History that is played before (or, after a subscribe with `since`, in between) the live stream.
struct Replay {
  std::shared_ptr<FrameCache> frames;
  Seq cursor;
  Seq first;                         // where it began
  Seq limit;                         // exclusive: where the live cursor is
  std::uint64_t beyond_history = 0;  // events that were overwritten when it was asked for
  std::uint64_t lapped = 0;          // events that were overwritten before they could be played
  bool epoch_changed = false;        // it was asked for by an id of another epoch
};

class StreamPosition {
 public:
  // The next event wanted of the live stream.
  [[nodiscard]] Seq live() const noexcept { return live_; }
  // Puts the live cursor anywhere; there must be no replay.
  void set_live(Seq seq) noexcept {
    RS_CHECK(!replay_);
    live_ = seq;
  }
  // Moves the live cursor on.
  void advance_live(Seq to) noexcept {
    RS_CHECK(live_ < to);
    live_ = to;
  }

  // The next event that the client gets, of history or live.
  [[nodiscard]] Seq at() const noexcept { return replay_ ? replay_->cursor : live_; }
  [[nodiscard]] std::uint64_t behind(Seq head) const noexcept { return distance(at(), head); }
  [[nodiscard]] std::uint64_t live_behind(Seq head) const noexcept { return distance(live_, head); }

  [[nodiscard]] bool replaying() const noexcept { return replay_.has_value(); }
  [[nodiscard]] Replay& replay() noexcept {
    RS_CHECK(replay_);
    return *replay_;
  }
  // From `first` up to where the live cursor is. Replaces a replay that is running.
  Replay& begin_replay(std::shared_ptr<FrameCache> frames, Seq first) {
    return replay_.emplace(Replay{std::move(frames), std::min(first, live_), std::min(first, live_),
                                  live_, 0, 0, false});
  }
  void advance_replay(Seq to) noexcept {
    RS_CHECK(replay_ && replay_->cursor < to && to <= replay_->limit);
    replay_->cursor = to;
  }
  void end_replay() noexcept { replay_.reset(); }
  // Ends the replay and continues from its cursor as live: from here on there is one cursor.
  void join() noexcept {
    if (replay_) {
      live_ = replay_->cursor;
      replay_.reset();
    }
  }

 private:
  [[nodiscard]] static std::uint64_t distance(Seq from, Seq head) noexcept {
    return from <= head ? head.value - from.value + 1 : 0;
  }

  Seq live_;
  std::optional<Replay> replay_;
};

}  // namespace ringside
