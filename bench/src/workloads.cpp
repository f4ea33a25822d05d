// The workloads that send events to subscribers: fanout, latency, slow.
#include <stdexcept>

#include "bench/src/report.hpp"
#include "bench/src/run.hpp"

namespace ringside::bench {
namespace {

constexpr double kConnectTimeoutSeconds = 30;

void add_stretch(Report& report, const Stretch& stretch) {
  const auto deliveries = static_cast<double>(stretch.deliveries);
  report.add("seconds", stretch.seconds);
  report.add("events", static_cast<double>(stretch.published));
  report.add("deliveries", deliveries);
  report.add("deliveries_per_s", deliveries / stretch.seconds);
  report.add("bytes_per_delivery", static_cast<double>(stretch.bytes) / deliveries);
  report.add("events_per_message", deliveries / static_cast<double>(stretch.n_messages));
  report.add("events_per_read", deliveries / static_cast<double>(stretch.n_reads));
}

// Everybody got everything, or the figures mean nothing.
void check_complete(const Crowd& crowd, const Tally& tally, std::uint64_t deliveries,
                    std::uint64_t published) {
  if (deliveries != published * crowd.size() || tally.out_of_order != 0) {
    throw std::runtime_error("of " + std::to_string(published * crowd.size()) + " deliveries " +
                             std::to_string(deliveries) + " arrived, " +
                             std::to_string(tally.out_of_order) + " out of order");
  }
}

void run_steady(const Args& args, double rate) {
  Loop loop;
  const auto crowd = make_crowd(loop, args);
  crowd->connect_all(kConnectTimeoutSeconds);
  const auto feed = make_feed(loop, args);
  static_cast<void>(run_stretch(loop, *crowd, *feed, args, args.warmup_s, rate));

  crowd->tally().record_latency = true;
  Report report(args);
  const CpuMeter meter(args.servers);
  const Stretch stretch = run_stretch(loop, *crowd, *feed, args, args.seconds, rate);
  meter.report(report, static_cast<double>(stretch.deliveries) / 1e6);
  check_complete(*crowd, crowd->tally(), stretch.deliveries, stretch.published);
  add_stretch(report, stretch);
  report.add_latency("", crowd->tally().latency_ns);
  report.add_tally(crowd->tally());
  report.print();
}

}  // namespace

void run_fanout(const Args& args) { run_steady(args, 0); }

void run_latency(const Args& args) { run_steady(args, args.rate); }

// The same crowd twice: first with every subscriber quick, then with the last one reading 1 KiB in
// a tenth of a second from a receive buffer of 4 KiB.
void run_slow(const Args& args) {
  Loop loop;
  const auto crowd = make_crowd(loop, args);
  crowd->connect_all(kConnectTimeoutSeconds);
  const auto feed = make_feed(loop, args);
  Tally& tally = crowd->tally();
  static_cast<void>(run_stretch(loop, *crowd, *feed, args, args.warmup_s, args.rate));

  Report report(args);
  tally.record_latency = true;
  static_cast<void>(run_stretch(loop, *crowd, *feed, args, args.seconds, args.rate));
  const Histogram quick = tally.latency_ns;
  tally.record_latency = false;

  const std::size_t last = crowd->size() - 1;
  Subscriber& slow = crowd->at(last);
  slow.abandon();
  slow.start(4096);
  while (!slow.settled()) {
    loop.turn(100);
  }
  slow.stop_reading();
  slow.exclude_latency();
  const SlowReader reader{.index = last, .bytes_per_turn = 1024};
  // Long enough for the slow one's buffers to be full before anything is recorded.
  static_cast<void>(run_stretch(loop, *crowd, *feed, args, args.warmup_s * 2, args.rate, reader));
  tally.latency_ns.clear();
  tally.record_latency = true;
  const CpuMeter meter(args.servers);
  const Stretch stretch = run_stretch(loop, *crowd, *feed, args, args.seconds, args.rate, reader);
  meter.report(report, static_cast<double>(stretch.deliveries) / 1e6);
  report.add("events", static_cast<double>(stretch.published));
  report.add("slow_behind_events",
             static_cast<double>(crowd->at(0).received()) - static_cast<double>(slow.received()));
  report.add_latency("quick_", quick);
  report.add_latency("", tally.latency_ns);
  report.add("p99_ratio",
             static_cast<double>(tally.latency_ns.at(0.99)) / static_cast<double>(quick.at(0.99)));
  report.add_tally(tally);
  report.print();
}

}  // namespace ringside::bench
