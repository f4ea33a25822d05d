#pragma once
// HostHealth: evaluates samples of the machine and of the worker itself, and reports in a
// SystemHealthUpdate what is wrong and why. Thresholds are in docs/sources.md.
//
// Threads: one at a time; no input or output of its own.

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "worker/sources/host/host_sample.hpp"

namespace ringside {

enum class Health { kHealthy, kWarning, kCritical };
// "Healthy", "Warning", "Critical".
[[nodiscard]] std::string_view name_of(Health health) noexcept;

struct ComponentHealth {
  std::string name;  // "cpu", "memory", "disk", "load", "ring", "worker"
  Health status = Health::kHealthy;
  std::string message;  // why it is not healthy; else empty
};

// A value is bad from `warning` on, and good again only when it has fallen `margin` below: a value
// that hovers around a threshold must not send an event each time it crosses.
struct Threshold {
  double warning = 0;
  double critical = 0;
  double margin = 0;

  [[nodiscard]] Health evaluate(double value, Health before) const noexcept;
};

inline constexpr Threshold kCpuThreshold{85, 95, 5};     // percent, over the check interval
inline constexpr Threshold kMemoryThreshold{85, 95, 2};  // percent
inline constexpr Threshold kDiskThreshold{85, 95, 1};    // percent of space or of inodes
inline constexpr Threshold kLoadThreshold{1.5, 4, 0.2};  // five-minute load for each processor
inline constexpr Threshold kRingThreshold{90, 98, 1};    // percent of the file system of the ring
inline constexpr Threshold kLoopDelayThreshold{1.0, 5.0,
                                               0};  // seconds that the worker's loop came late

// Facts about the worker itself.
struct WorkerVitals {
  std::chrono::nanoseconds loop_delay{0};  // the most since the last check
  std::optional<FsUsage> run_dir;          // nothing: it could not be looked at
  unsigned n_unread = 0;                   // files of /proc that could not be read
};

struct HealthReport {
  Health overall = Health::kHealthy;
  std::vector<ComponentHealth> components;
  double cpu_usage = 0;        // percent
  double memory_usage_mb = 0;  // MiB
  double disk_usage = 0;       // percent, of the fullest file system
};

class HostHealth {
 public:
  // `window`: the time that CPU usage is evaluated over.
  explicit HostHealth(std::chrono::nanoseconds window) : window_(window) {}

  // Evaluates one more sample. A component that has nothing to be evaluated by (no /proc/meminfo) is left
  // out.
  [[nodiscard]] HealthReport evaluate(const HostSample& sample, const WorkerVitals& vitals);

  // Whether a status of `report` is another than in the report before it; true for the first.
  [[nodiscard]] bool changed() const noexcept { return changed_; }

 private:
  Health evaluate_one(std::string_view name, const Threshold& threshold, double value);
  void evaluate_cpu(const HostSample& sample, HealthReport& report);
  void evaluate_memory(const HostSample& sample, HealthReport& report);
  void evaluate_disks(const HostSample& sample, HealthReport& report);
  void evaluate_load(const HostSample& sample, HealthReport& report);
  void evaluate_worker(const WorkerVitals& vitals, HealthReport& report);

  struct CpuPoint {
    MonoTime at;
    CpuTicks ticks{};
  };

  std::chrono::nanoseconds window_;
  std::deque<CpuPoint> cpu_;
  std::vector<ComponentHealth> before_;
  bool changed_ = true;
};

// The SystemHealthUpdate of a report.
[[nodiscard]] SourceEvent make_health_event(const HealthReport& report, WallTime at,
                                            std::chrono::milliseconds check_interval);

}  // namespace ringside
