// A worker that starts with another ring size replaces the file, and someone may have removed it. The old one is served
// from until the new one can be read. The file is compared and not the epoch: the nodes of a cluster have one epoch, so a
// ring that was created again has the same.
#include "module/ring_follower.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/heartbeat.hpp"
#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kRecordsPerTurn = 2048;
constexpr std::size_t kBytesPerTurn = 8u << 20u;
constexpr double kRateSmoothing = 0.2;

}  // namespace

RingFollower::RingFollower(std::string run_dir, std::function<void()> wake, const Clock& clock,
                           std::size_t cache_bytes)
    : path_(run_dir + "/ring"),
      history_dir_(std::move(run_dir) + "/history"),
      wake_(std::move(wake)),
      clock_(clock),
      cache_bytes_(cache_bytes) {
  try_attach();
}

RingReader& RingFollower::ring() noexcept {
  RS_CHECK(attached());
  return *ring_;
}

const RingReader& RingFollower::ring() const noexcept {
  RS_CHECK(attached());
  return *ring_;
}

RecordCache& RingFollower::records() noexcept {
  RS_CHECK(records_ != nullptr);
  return *records_;
}

void RingFollower::try_attach() {
  auto opened = RingReader::attach(path_);
  if (!opened) {
    error_ = opened.error().message;
    return;
  }
  switch_to(std::move(*opened));
}

std::unique_ptr<RingReader> RingFollower::find_replacement() {
  if (!attached()) {
    return nullptr;
  }
  const RingState state = ring_->state();
  if (!state.superseded && heartbeat_age(state, clock_) < kHeartbeatStale) {
    return nullptr;
  }
  auto opened = RingReader::attach(path_);
  return opened && !(*opened)->reads_the_file_of(*ring_) ? std::move(*opened) : nullptr;
}

void RingFollower::switch_to(std::unique_ptr<RingReader> ring) {
  wake_thread_.reset();  // in this order: both refer to the ring
  records_.reset();
  ring_ = std::move(ring);
  records_ = std::make_unique<RecordCache>(*ring_, cache_bytes_);
  wake_thread_ = std::make_unique<WakeThread>(*ring_, wake_);
  look_for_segments();
  suspended_ = false;
  last_position_ = ring_->state().head_position;
  log::info("attached to ring {} epoch {} at sequence {}", path_, format_epoch(ring_->epoch()),
            records_->head().value);
}

// The worker may have them from its next start on, or not any more; the directory may also be one that this user cannot
// read, which is said once.
void RingFollower::look_for_segments() {
  if (records_->history().has_segments()) {
    records_->history().refresh();
    return;
  }
  if (::access(history_dir_.c_str(), F_OK) != 0 && errno == ENOENT) {
    return;
  }
  auto segments = SegmentReader::open(history_dir_);
  if (segments) {
    records_->history().set_segments(std::move(*segments));
    disk_error_.clear();
  } else if (disk_error_ != segments.error().message) {
    disk_error_ = segments.error().message;
    log::warn("the history on disk is not served: {}", disk_error_);
  }
}

bool RingFollower::read_new() {
  return !suspended_ && records().read_new(kRecordsPerTurn, kBytesPerTurn);
}

void RingFollower::suspend() {
  suspended_ = true;
  wake_thread_->pause();
  records_->skip_to_head();  // frees the memory
}

void RingFollower::resume() {
  if (std::exchange(suspended_, false)) {
    records_->skip_to_head();
    look_for_segments();
    wake_thread_->resume();
  }
}

void RingFollower::measure_rate() {
  if (!attached()) {
    return;
  }
  const std::uint64_t position = ring_->state().head_position;
  const auto grown = static_cast<double>(position - std::exchange(last_position_, position));
  bytes_per_second_ += kRateSmoothing * (grown - bytes_per_second_);
  if (!suspended_) {
    look_for_segments();
  }
}

}  // namespace ringside
