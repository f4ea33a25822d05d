#pragma once
// Viewer: a simulated client with its session, and the oracle that checks everything it is sent: each event once and in
// order, none that its view does not let through, and each that is missing announced. Knows the protocol, not the code.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "module/delivery/hidden_ids.hpp"
#include "module/session.hpp"
#include "tests/sim/log.hpp"
#include "tests/sim/socket.hpp"

namespace ringside::sim {

// How a client connects.
struct Arrival {
  Wire wire = Wire::kWebSocket;
  Endpoint endpoint = Endpoint::kEvents;
  std::vector<QueryArgument> arguments;
  unsigned tail = 0;      // 0: none
  std::string resume_at;  // the id that it knows of an earlier connection; empty: none
};

class Viewer {
 public:
  // `log` is the epoch that is written now; `ids` reads what a viewer of some rows must not be able to read.
  Viewer(const Log& log, const HiddenIds& ids, std::string user, Wish wish, Arrival how)
      : socket(how.wire), arrival(std::move(how)), log_(log), ids_(ids), user_(std::move(user)) {
    wishes_.push_back({0, std::move(wish)});
    socket.reader.on_text = [this](std::string_view text) { take(text); };
    socket.reader.on_place = [this](std::string_view id) { take_place(id); };
  }

  Socket socket;
  const Arrival arrival;
  std::unique_ptr<Session> session;

  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] const Wish& wish() const { return wishes_.back().wish; }
  [[nodiscard]] bool welcomed() const { return welcomed_; }
  bool rate_limited = false;
  bool is_renewed = false;  // with rights that may differ from those that it had
  MonoTime died_at{};       // when its socket went dead
  [[nodiscard]] bool paused() const { return paused_; }
  // The ring was replaced, and it has not been told yet.
  [[nodiscard]] bool awaits_epoch() const { return old_log_ != nullptr; }
  [[nodiscard]] bool replaying() const { return replay_.has_value(); }
  [[nodiscard]] bool awaits_answer() const { return n_answers_due_ > 0; }
  [[nodiscard]] std::uint64_t n_received() const { return n_received_; }
  // The first thing that was wrong; empty if nothing was.
  [[nodiscard]] std::string violation() const {
    return violation_.empty() ? socket.violation() : violation_;
  }

  void remember(std::string_view direction, std::string_view message);
  // The last messages in both directions, and how many events were between them; for a person.
  [[nodiscard]] std::string story() const;

  // What the simulation says for it; each is sent to the session at once.
  void change_view(Wish wish, const std::string& message);
  void replay_from(std::uint64_t after, bool same_epoch, Wish wish, const std::string& message);
  void expect_tail(unsigned n_last);
  void expect_replay(std::uint64_t after, bool same_epoch);
  void pause();
  void step(unsigned count);
  void seek(const std::string& id);
  void resume();
  void detach();

  // It is not greeted: what comes from now on is for it.
  void expect_no_welcome();
  // The stream over plain HTTP has ended: it must have been told why.
  void check_end();
  // When its socket has drained and the hub has nothing left to do: everything up to the head has arrived.
  void check_caught_up();
  // The writer has made a new ring: `old` is what was in the one before.
  void on_new_epoch(const Log& old);

 private:
  struct Dated {
    std::uint64_t head;  // of the log when the view changed
    Wish wish;
  };
  struct Replay {
    std::uint64_t next = 0;  // everything before it is accounted for
    std::uint64_t n_delivered = 0;
    std::uint64_t n_skipped = 0;  // wanted, and not delivered
    std::uint64_t limit_at_most =
        0;  // it ends where the live cursor was when it began, which is at most here
    std::optional<unsigned> tail;
    bool same_epoch = true;
  };

  void say(const std::string& message);
  void fail(std::string what);
  void take(std::string_view text);
  void take_event(std::uint64_t seq);
  void take_replayed(std::uint64_t seq);
  void take_message(std::string_view text);
  // Everything up to this id has been sent.
  void take_place(std::string_view id);
  // Numbers and ids that would tell a viewer of some rows of the others.
  void check_tells_nothing(const Json& message);
  void take_gap(const Json& message);
  void take_replay_end(const Json& message);
  void take_debug(const Json& message);
  // Events in [live_, end) were not delivered: that is right if a view of that time did not let them through.
  void account_until(std::uint64_t end, const Log& log);
  [[nodiscard]] const Log& log() const { return old_log_ != nullptr ? *old_log_ : log_; }
  [[nodiscard]] bool was_due(std::uint64_t seq, const Event& event) const;
  [[nodiscard]] std::uint64_t seq_of(const Json& message, std::string_view member);
  void forget_old_wishes();

  const Log& log_;
  const HiddenIds& ids_;
  const Log* old_log_ =
      nullptr;  // between the replacement of the ring and the gap that announces it
  std::string user_;
  std::vector<Dated> wishes_;
  bool welcomed_ = false;
  bool paused_ = false;
  std::string epoch_;
  std::uint64_t live_ = 0;  // the next event of the live stream that is not accounted for
  std::optional<Replay> replay_;
  std::uint64_t excused_until_ =
      0;  // what is missing before it may be among what a replay has said it missed
  std::uint64_t told_code_ = 0;  // in the message that ends a stream
  unsigned n_answers_due_ = 0;
  std::uint64_t n_step_ = 0;  // events since the step was asked for
  unsigned step_limit_ = 0;   // how many it was asked for
  std::uint64_t n_received_ = 0;
  std::string violation_;
  std::deque<std::string> story_;
  std::uint64_t n_told_ = 0;  // of n_received_, when the last line was remembered
};

}  // namespace ringside::sim
