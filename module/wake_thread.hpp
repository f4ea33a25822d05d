#pragma once
// WakeThread: waits on the ring's futex and tells the host that there is something to read. The
// only thread of the plugin beside lws' own; it touches the reader's wake word and one atomic, and
// calls nothing but `wake`.

#include <atomic>
#include <functional>
#include <thread>

#include "core/ring/reader.hpp"

namespace ringside {

class WakeThread {
 public:
  // `reader` must outlive this. `wake` is called on this thread, at most once until acknowledge() is called.
  WakeThread(const RingReader& reader, std::function<void()> wake);
  ~WakeThread();  // joins, at once
  WakeThread(const WakeThread&) = delete;
  WakeThread& operator=(const WakeThread&) = delete;

  // The host has begun to read: the next growth of the ring calls `wake` again. Threads: the service thread.
  void acknowledge() noexcept {
    pending_.store(false, std::memory_order_release);
  }  // SYNC(wake_pending): store

  // Between the two nobody is woken, this thread included: the writer need not call the kernel.
  // Threads: the service thread.
  void pause() noexcept;
  void resume() noexcept;

 private:
  void run();
  const RingReader& reader_;
  std::function<void()> wake_;
  std::atomic<bool> pending_{false};
  std::atomic<bool> wanted_{true};
  std::atomic<bool> stop_{false};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace ringside
