// What a simulated client says, and what it expects to be sent for that.
#include <fmt/format.h>

#include "tests/sim/viewer.hpp"

namespace ringside::sim {

void Viewer::say(const std::string& message) {
  remember("->", message);
  session->on_receive(message, false, true);
}

void Viewer::change_view(Wish wish, const std::string& message) {
  wishes_.push_back({log_.head(), std::move(wish)});
  say(message);
}

void Viewer::expect_replay(std::uint64_t after, bool same_epoch) {
  replay_ = Replay{after + 1, 0, 0, log_.head() + 1, std::nullopt, same_epoch};
}

void Viewer::replay_from(std::uint64_t after, bool same_epoch, Wish wish,
                         const std::string& message) {
  wishes_.push_back({log_.head(), std::move(wish)});
  expect_replay(same_epoch ? after : 0, same_epoch);
  say(message);
}

void Viewer::expect_no_welcome() {
  welcomed_ = true;
  live_ = log_.head() + 1;
}

void Viewer::expect_tail(unsigned n_last) {
  replay_ = Replay{0, 0, 0, log_.head() + 1, n_last, true};
}

void Viewer::pause() {
  paused_ = true;
  ++n_answers_due_;
  say(R"({"type":"debug","action":"pause"})");
}

void Viewer::step(unsigned count) {
  paused_ = true;
  n_step_ = 0;
  step_limit_ = count;
  ++n_answers_due_;
  say(fmt::format(R"({{"type":"debug","action":"step","count":{}}})", count));
}

void Viewer::seek(const std::string& id) {
  ++n_answers_due_;
  say(fmt::format(R"({{"type":"debug","action":"seek","to":"{}"}})", id));
}

void Viewer::resume() {
  paused_ = false;
  ++n_answers_due_;
  say(R"({"type":"debug","action":"resume"})");
}

void Viewer::detach() {
  paused_ = false;
  ++n_answers_due_;
  say(R"({"type":"debug","action":"detach"})");
}

}  // namespace ringside::sim
