#pragma once
// HostMetrics: this machine as MetricUpdate and SystemHealthUpdate. See docs/sources.md, "Host
// metrics".
//
// Threads: samples are read on libuv's pool, one at a time; all else on the loop.

#include <memory>
#include <optional>

#include "worker/net/loop_handles.hpp"
#include "worker/sources/builtin_source.hpp"
#include "worker/sources/host/host_health.hpp"
#include "worker/sources/host/host_metrics_options.hpp"
#include "worker/sources/host/host_sample.hpp"

namespace ringside {

class HostMetrics final : public BuiltinSource {
 public:
  // `proc_dir`: tests give one of their own.
  HostMetrics(const SourceContext& context, HostMetricsOptions options,
              std::string proc_dir = "/proc");

  [[nodiscard]] std::string_view name() const noexcept override { return "host_metrics"; }
  [[nodiscard]] Status start() override;
  void stop() override;

 private:
  struct Job;
  void begin_sample();
  void on_sample(Job& job);
  void emit_metrics(const HostSample& sample);
  void emit_health(const HostSample& sample, const WorkerVitals& vitals);
  void add_details(Json& details) const override;

  HostMetricsOptions options_;
  std::string proc_dir_;
  HostHealth health_;
  std::unique_ptr<LoopTimer> timer_;
  std::shared_ptr<Job> job_;  // the sample that is being read
  std::optional<HostSample> before_;
  MonoTime last_tick_;
  MonoTime next_check_;
  std::chrono::nanoseconds loop_delay_{0};
  std::uint64_t n_samples_ = 0;
};

}  // namespace ringside
