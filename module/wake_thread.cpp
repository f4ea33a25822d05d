// lws_cancel_service() costs a system call and an event-loop turn, so it is called only when the
// service thread has taken the last one: a burst of appends costs one wake-up. The order is what
// makes that safe: the service thread clears `pending` before it reads the ring, so whatever is
// appended after its last look finds the flag clear.
#include "module/wake_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <utility>

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kLongestWait{
    250};  // a wake-up that was missed is noticed after that

}  // namespace

WakeThread::WakeThread(const RingReader& reader, std::function<void()> wake)
    : reader_(reader), wake_(std::move(wake)) {
  // Signals belong to lws' thread: block them while the new thread inherits the mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

WakeThread::~WakeThread() {
  stop_.store(true, std::memory_order_release);  // SYNC(wake_stop): store
  resume();
  // The thread may be about to wait: interrupt it until it has ended.
  while (!ended_.load(std::memory_order_acquire)) {  // SYNC(wake_ended): load
    reader_.interrupt_waits();
    std::this_thread::yield();
  }
  thread_.join();
}

void WakeThread::pause() noexcept {
  wanted_.store(false, std::memory_order_release);  // SYNC(wake_wanted): store
}

void WakeThread::resume() noexcept {
  acknowledge();
  wanted_.store(true, std::memory_order_release);
  wanted_.notify_one();
}

void WakeThread::run() {
  std::uint32_t seen = reader_.wake_word();
  while (!stop_.load(std::memory_order_acquire)) {  // SYNC(wake_stop): load
    // What is appended meanwhile has changed the wake word, so that the wait below returns at once.
    wanted_.wait(false, std::memory_order_acquire);  // SYNC(wake_wanted): load
    const std::uint32_t now = reader_.wait(seen, kLongestWait);
    if (now == seen) {
      continue;
    }
    seen = now;
    if (!pending_.exchange(true, std::memory_order_acq_rel)) {  // SYNC(wake_pending): load
      wake_();
    }
  }
  ended_.store(true, std::memory_order_release);  // SYNC(wake_ended): store
}

}  // namespace ringside
