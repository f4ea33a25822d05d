// Reading /proc takes a fraction of a millisecond, and statvfs of a disk that does not answer takes
// forever: so a sample is read on a thread of the pool, and there is never more than one. The
// second sample follows the first after a second, so that rates and a first verdict are there by
// the time someone looks.
#include "worker/sources/host/host_metrics.hpp"

#include <sys/statvfs.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kSecondSampleAfter(1000);

std::optional<FsUsage> usage_of_dir(const std::string& dir) {
  struct statvfs fs {};
  if (::statvfs(dir.c_str(), &fs) != 0) {
    return std::nullopt;
  }
  FsUsage usage;
  usage.mount.point = dir;
  usage.total_bytes = fs.f_blocks * fs.f_frsize;
  usage.used_bytes = (fs.f_blocks - std::min(fs.f_bfree, fs.f_blocks)) * fs.f_frsize;
  usage.available_bytes = fs.f_bavail * fs.f_frsize;
  return usage;
}

}  // namespace

// Filled by the pool's thread; it outlives a source that was stopped meanwhile.
struct HostMetrics::Job {
  HostMetrics* owner = nullptr;  // none any more: the source was stopped
  std::string proc_dir;
  std::string run_dir;
  const Clock* clock = nullptr;
  HostSample sample;
  WorkerVitals vitals;
};

std::unique_ptr<BuiltinSource> HostMetricsOptions::make(const SourceContext& context,
                                                        HostMetricsOptions options) {
  return std::make_unique<HostMetrics>(context, options);
}

HostMetrics::HostMetrics(const SourceContext& context, HostMetricsOptions options,
                         std::string proc_dir)
    : BuiltinSource(context),
      options_(options),
      proc_dir_(std::move(proc_dir)),
      health_(options.check_interval) {}

Status HostMetrics::start() {
  const auto interval = options_.interval;
  timer_ = std::make_unique<LoopTimer>(&context_.loop, [this] { begin_sample(); });
  timer_->start(std::chrono::milliseconds(0), std::min(interval, kSecondSampleAfter));
  next_check_ = context_.clock.mono_now();
  set_state("running");
  return {};
}

void HostMetrics::stop() {
  timer_.reset();
  if (job_ != nullptr) {
    job_->owner = nullptr;
  }
  set_state("stopped");
}

void HostMetrics::begin_sample() {
  const MonoTime now = context_.clock.mono_now();
  const auto interval = options_.interval;
  if (n_samples_ > 1) {
    loop_delay_ = std::max<std::chrono::nanoseconds>(loop_delay_, now - last_tick_ - interval);
  } else if (n_samples_ == 1) {
    timer_->start(interval, interval);
  }
  last_tick_ = now;
  if (job_ != nullptr) {
    report_error("the previous sample is not finished yet: a file system does not answer");
    return;
  }
  auto job = std::make_shared<Job>();
  job->owner = this;
  job->proc_dir = proc_dir_;
  job->run_dir = context_.run_dir;
  job->clock = &context_.clock;
  const auto read = [job] {
    job->sample = read_host_sample(job->proc_dir, job->clock->mono_now(), job->vitals.n_unread);
    job->vitals.run_dir = usage_of_dir(job->run_dir);
  };
  const auto done = [job] {
    if (job->owner != nullptr) {
      job->owner->on_sample(*job);
    }
  };
  if (run_on_pool(&context_.loop, read, done)) {
    job_ = job;
  } else {
    report_error("cannot start reading a sample");
  }
}

void HostMetrics::on_sample(Job& job) {
  job_.reset();
  ++n_samples_;
  if (job.vitals.n_unread != 0) {
    report_error(fmt::format("{} files of {} cannot be read", job.vitals.n_unread, proc_dir_));
  }
  emit_metrics(job.sample);
  if (before_) {
    job.vitals.loop_delay = std::exchange(loop_delay_, std::chrono::nanoseconds(0));
    emit_health(job.sample, job.vitals);
  }
  before_ = std::move(job.sample);
}

void HostMetrics::emit_metrics(const HostSample& sample) {
  const MetricContext where{name(), context_.clock.wall_now(), options_.interval};
  for (const auto& metric : make_host_metrics(before_ ? &*before_ : nullptr, sample)) {
    if (const auto event = make_metric_event(metric, where)) {
      emit(*event);
    }
  }
}

void HostMetrics::emit_health(const HostSample& sample, const WorkerVitals& vitals) {
  const HealthReport report = health_.evaluate(sample, vitals);
  const MonoTime now = context_.clock.mono_now();
  // The timers of samples and of checks tick apart by milliseconds: a check that would come due
  // before the next half sample is done with this one.
  const auto half = std::chrono::nanoseconds(options_.interval) / 2;
  const auto slack = std::min<std::chrono::nanoseconds>(half, options_.check_interval / 4);
  if (health_.changed() || now + slack >= next_check_) {
    emit(make_health_event(report, context_.clock.wall_now(), options_.check_interval));
    next_check_ = now + options_.check_interval;
  }
}

void HostMetrics::add_details(Json& details) const { details.set("samples", n_samples_); }

}  // namespace ringside
