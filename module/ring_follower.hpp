#pragma once
// RingFollower: this process' hold on the ring of a run directory: attaches when it appears, notices when it is replaced,
// stops reading when nobody is connected, and measures how fast it fills.
//
// Threads: the lws service thread only; `wake` is called by a thread of its own (module/wake_thread.hpp).

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/base/time.hpp"
#include "core/ring/reader.hpp"
#include "module/delivery/record_cache.hpp"
#include "module/wake_thread.hpp"

namespace ringside {

class RingFollower {
 public:
  static constexpr std::size_t kCacheBytes = 24u << 20u;  // of records in private memory

  // `wake` is called, on another thread, when the ring has grown. `cache_bytes`: smaller in simulations, so that clients
  // are overtaken more often.
  RingFollower(std::string run_dir, std::function<void()> wake, const Clock& clock,
               std::size_t cache_bytes = kCacheBytes);

  [[nodiscard]] bool attached() const noexcept { return ring_ != nullptr; }
  // Why it is not attached; for a person.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  // These three need attached().
  [[nodiscard]] RingReader& ring() noexcept;
  [[nodiscard]] const RingReader& ring() const noexcept;
  [[nodiscard]] RecordCache& records() noexcept;

  void try_attach();
  // Opens the file that has replaced the one that is followed; null while there is none. Follow it with switch_to().
  [[nodiscard]] std::unique_ptr<RingReader> find_replacement();
  void switch_to(std::unique_ptr<RingReader> ring);

  // Takes in what is new, within the bounds of a turn. Returns whether there is more.
  bool read_new();
  // The host has begun a turn: the next growth of the ring wakes it again.
  void acknowledge_wake() noexcept { wake_thread_->acknowledge(); }

  // While suspended the ring is not read and wakes nobody; what it takes in is history afterwards.
  void suspend();
  void resume();
  [[nodiscard]] bool suspended() const noexcept { return suspended_; }

  // Once a second: measures the rate that bytes_per_second() returns, smoothed; 0 when nothing came.
  void measure_rate();
  [[nodiscard]] double bytes_per_second() const noexcept { return bytes_per_second_; }

 private:
  void look_for_segments();

  std::string path_;
  std::string history_dir_;  // of the segments; the worker makes it
  std::function<void()> wake_;
  const Clock& clock_;
  std::size_t cache_bytes_;
  std::unique_ptr<RingReader> ring_;
  std::unique_ptr<RecordCache> records_;     // refers to ring_
  std::unique_ptr<WakeThread> wake_thread_;  // refers to ring_
  std::string error_;
  std::string disk_error_;  // as it was logged
  bool suspended_ = false;
  std::uint64_t last_position_ = 0;
  double bytes_per_second_ = 0;
};

}  // namespace ringside
