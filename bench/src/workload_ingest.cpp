// Several producers at once and nobody listening: how quickly does a server take events in?
#include <stdexcept>

#include "bench/src/report.hpp"
#include "bench/src/run.hpp"

namespace ringside::bench {
namespace {

using Producers = std::vector<std::unique_ptr<Producer>>;

std::uint64_t sum_acked(const Producers& producers) {
  std::uint64_t sum = 0;
  for (const auto& producer : producers) {
    sum += producer->acked();
  }
  return sum;
}

std::uint64_t sum_published(const Producers& producers) {
  std::uint64_t sum = 0;
  for (const auto& producer : producers) {
    sum += producer->published();
  }
  return sum;
}

void check_errors(const Producers& producers) {
  for (const auto& producer : producers) {
    if (!producer->error().empty()) {
      throw std::runtime_error("publishing failed: " + producer->error());
    }
  }
}

// Publishes with all for `seconds` and waits until all of it is confirmed.
double publish_for(Loop& loop, const Producers& producers, double seconds) {
  const std::uint64_t begin = now_ns();
  const std::uint64_t end = begin + static_cast<std::uint64_t>(seconds * 1e9);
  while (now_ns() < end) {
    bool any = false;
    for (const auto& producer : producers) {
      bool queued = false;
      while (producer->ready() && producer->try_publish()) {
        queued = true;
      }
      producer->flush();
      any = any || queued;
    }
    loop.turn(any ? 0 : 10);
    check_errors(producers);
  }
  for (const auto& producer : producers) {
    producer->ask_for_ack();
  }
  const std::uint64_t limit = now_ns() + 15'000'000'000ULL;
  while (sum_acked(producers) < sum_published(producers)) {
    loop.turn(20);
    check_errors(producers);
    if (now_ns() > limit) {
      throw std::runtime_error("only " + std::to_string(sum_acked(producers)) + " of " +
                               std::to_string(sum_published(producers)) + " were confirmed");
    }
  }
  return static_cast<double>(now_ns() - begin) / 1e9;
}

}  // namespace

void run_ingest(const Args& args) {
  Loop loop;
  Producers producers;
  for (unsigned i = 0; i < args.n_producers; ++i) {
    ProducerOptions options = producer_options(args);
    options.want_acks = true;
    options.index = i;
    producers.push_back(make_producer(loop, options));
  }
  static_cast<void>(publish_for(loop, producers, args.warmup_s));
  const std::uint64_t before = sum_published(producers);
  Report report(args);
  const CpuMeter meter(args.servers);
  const double seconds = publish_for(loop, producers, args.seconds);
  const auto n_events = static_cast<double>(sum_published(producers) - before);
  meter.report(report, n_events / 1e6);
  report.add("seconds", seconds);
  report.add("events", n_events);
  report.add("events_per_s", n_events / seconds);
  report.print();
}

}  // namespace ringside::bench
