#pragma once
// What a ControlSegment has in this process. Private to core/control, whose files implement the parts of that class.

#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <string>
#include <utility>

#include "core/control/control_segment.hpp"
#include "core/control/segment_file.hpp"
#include "core/shm/byte_lock.hpp"

namespace ringside {
namespace control {

// Frees the slot. Values that must not outlive the process are cleared when the next one takes it,
// but for the gauges, which are summed over all slots in use.
inline void free_slot(Slot& slot) noexcept {
  slot.pid.store(0);  // SYNC(slot): store
}

}  // namespace control

class ControlSegment::Impl {
 public:
  Impl(std::string the_path, control::SegmentFile the_file, const Clock& the_clock)
      : path(std::move(the_path)), file(std::move(the_file)), clock(the_clock) {}

  // The lock for rare changes; not held when `wait` is false and someone else has it.
  class Lock {
   public:
    explicit Lock(Impl& impl, bool wait = true) : fd_(impl.file.fd.get()), guard_(impl.mutex) {
      int result = 0;
      do {
        result = ::flock(fd_, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
      } while (result != 0 && errno == EINTR);
      held_ = result == 0;
    }
    ~Lock() {
      if (held_) {
        ::flock(fd_, LOCK_UN);
      }
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    [[nodiscard]] bool held() const noexcept { return held_; }

   private:
    int fd_;
    std::lock_guard<std::mutex> guard_;
    bool held_ = false;
  };

  void reclaim_dead() noexcept {
    for (control::Slot& slot : segment().slots) {
      if (slot.pid.load() != 0 && !is_alive(slot)) {
        control::free_slot(slot);
      }
    }
  }

  [[nodiscard]] std::size_t index_of_slot(const control::Slot& slot) const noexcept {
    return static_cast<std::size_t>(&slot - segment().slots);
  }
  // Of one that has a pid.
  [[nodiscard]] bool is_alive(const control::Slot& slot) const noexcept {
    return &slot == own_slot() || is_byte_locked_by_others(file.fd.get(), index_of_slot(slot));
  }

  [[nodiscard]] control::Segment& segment() const noexcept { return file.segment(); }
  [[nodiscard]] control::Slot* own_slot() const noexcept {
    return own.load(std::memory_order_acquire);
  }  // SYNC(own_slot): load
  [[nodiscard]] std::uint64_t now_ns() const noexcept {
    return static_cast<std::uint64_t>(to_ns(clock.wall_now()));
  }

  std::string path;
  control::SegmentFile file;
  const Clock& clock;
  std::mutex mutex;        // before flock: threads of one process share its file description
  std::mutex users_mutex;  // guards writing this process's user table
  std::atomic<control::Slot*> own{nullptr};
  std::uint64_t n_probes = 0;  // of the list of connections, for a free place
  pid_t joined_pid = 0;        // which process `own` belongs to
  std::array<std::uint64_t, control::kCounterWords>
      at_join{};  // what the slot's former owners had counted
};

}  // namespace ringside
