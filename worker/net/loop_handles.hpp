#pragma once
// libuv handles as objects: made on a loop, closed by their destructors, freed in libuv's close
// callback. A destructor may run inside the object's own callback. After it, the loop must turn
// once more (as stopping a worker does) to free the memory.
//
// Threads: the loop's.

#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"

namespace ringside {

// The delay after which a source continues long work, so that others get their turn. Not 0: before libuv 1.45 a
// timer of 0 ms that is started by a timer's callback runs in the same turn, and the loop would
// never come to its descriptors.
inline constexpr std::chrono::milliseconds kNextTurn(1);

class LoopTimer {
 public:
  LoopTimer(uv_loop_t* loop, std::function<void()> on_time);
  ~LoopTimer();
  LoopTimer(const LoopTimer&) = delete;
  LoopTimer& operator=(const LoopTimer&) = delete;

  // A running timer starts over. Without `repeat` it runs once.
  void start(std::chrono::milliseconds first, std::chrono::milliseconds repeat = {});
  void stop();
  [[nodiscard]] bool is_running() const;

 private:
  struct Box;
  Box* box_;
};

// Reports when something in a directory was created, renamed, removed (`names_changed`) or written.
class DirectoryWatch {
 public:
  using Callback = std::function<void(bool names_changed)>;
  [[nodiscard]] static Result<std::unique_ptr<DirectoryWatch>> make(uv_loop_t* loop,
                                                                    const std::string& directory,
                                                                    Callback on_change);
  ~DirectoryWatch();
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;

 private:
  struct Box;
  explicit DirectoryWatch(Box* box) : box_(box) {}
  Box* box_;
};

// Runs `work` on a thread of libuv's pool and then `done` on the loop. The caller keeps
// nothing: what the two capture must live until then, whatever happens meanwhile. False when it
// could not be started.
[[nodiscard]] bool run_on_pool(uv_loop_t* loop, std::function<void()> work,
                               std::function<void()> done);

}  // namespace ringside
