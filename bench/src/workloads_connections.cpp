// The workloads that are about connections more than about events: idle, replay, storm.
#include <stdexcept>

#include "bench/src/report.hpp"
#include "bench/src/run.hpp"

namespace ringside::bench {
namespace {

constexpr double kConnectTimeoutSeconds = 60;

// Lets the loop run until `seconds` have passed, so that a server can finish what connecting began.
void settle(Loop& loop, double seconds) {
  const std::uint64_t until = now_ns() + static_cast<std::uint64_t>(seconds * 1e9);
  while (now_ns() < until) {
    loop.turn(50);
  }
}

}  // namespace

// Memory before the first and after the last connection. One connection is made beforehand, so
// that what a server allocates once is not charged to the others.
void run_idle(const Args& args) {
  Loop loop;
  Args first_args = args;
  first_args.n_subscribers = 1;
  const auto first = make_crowd(loop, first_args);
  first->connect_all(kConnectTimeoutSeconds);
  const auto crowd = make_crowd(loop, args);
  settle(loop, args.warmup_s);

  Report report(args);
  std::vector<Memory> before;
  for (const ProcessGroup& server : args.servers) {
    before.push_back(read_memory(server));
  }
  const KernelMemory kernel_before = read_kernel_memory();
  const CpuMeter meter(args.servers);
  const std::uint64_t begin = now_ns();
  crowd->connect_all(kConnectTimeoutSeconds);
  report.add("seconds_to_connect", static_cast<double>(now_ns() - begin) / 1e9);
  meter.report(report, 0);
  settle(loop, args.seconds);

  const auto per_connection = [&](std::uint64_t after, std::uint64_t earlier) {
    return (static_cast<double>(after) - static_cast<double>(earlier)) / args.n_subscribers;
  };
  for (std::size_t i = 0; i < args.servers.size(); ++i) {
    const Memory after = read_memory(args.servers[i]);
    const std::string prefix = i == 0 ? "" : args.servers[i].name + "_";
    report.add(prefix + "pss_bytes_per_connection",
               per_connection(after.pss_bytes, before[i].pss_bytes));
    report.add(prefix + "private_bytes_per_connection",
               per_connection(after.private_bytes, before[i].private_bytes));
    report.add(prefix + "rss_bytes", static_cast<double>(after.rss_bytes));
  }
  // Both ends of each connection, and the generator's epoll entries, are in these two.
  const KernelMemory kernel_after = read_kernel_memory();
  report.add("kernel_tcp_bytes_per_connection",
             per_connection(kernel_after.tcp_bytes, kernel_before.tcp_bytes));
  report.add("kernel_slab_bytes_per_connection",
             per_connection(kernel_after.slab_bytes, kernel_before.slab_bytes));
  report.add_tally(crowd->tally());
  report.print();
}

// Fills the ring, then lets all subscribers ask for everything in it at once.
void run_replay(const Args& args) {
  Loop loop;
  {
    ProducerOptions options = producer_options(args);
    options.want_acks = true;
    const auto producer = make_producer(loop, options);
    const std::uint64_t wanted =
        static_cast<std::uint64_t>(args.fill_mib * 1048576) / EventText(true).stamp({}).size();
    while (producer->acked() < wanted) {
      while (producer->published() < wanted && producer->try_publish()) {
      }
      producer->flush();
      loop.turn(20);
      if (!producer->error().empty()) {
        throw std::runtime_error(producer->error());
      }
    }
  }
  Args replay_args = args;
  replay_args.query += (args.query.empty() ? "" : "&") + std::string("since=2000-01-01T00:00:00Z");
  const auto crowd = make_crowd(loop, replay_args);
  Tally& tally = crowd->tally();
  Report report(args);
  const CpuMeter meter(args.servers);
  const std::uint64_t begin = now_ns();
  crowd->connect_all(kConnectTimeoutSeconds);
  std::uint64_t last_progress = begin;
  std::uint64_t last_bytes = 0;
  while (tally.n_replayed < crowd->size()) {
    loop.turn(20);
    if (tally.bytes != last_bytes) {
      last_bytes = tally.bytes;
      last_progress = now_ns();
    }
    if (tally.n_lost != 0 || now_ns() - last_progress > 15'000'000'000ULL) {
      throw std::runtime_error("replay stopped with " + std::to_string(tally.n_replayed) +
                               " done: " + tally.first_error);
    }
  }
  const double seconds = static_cast<double>(now_ns() - begin) / 1e9;
  meter.report(report, static_cast<double>(tally.deliveries) / 1e6);
  report.add("seconds", seconds);
  report.add("deliveries", static_cast<double>(tally.deliveries));
  report.add("deliveries_per_s", static_cast<double>(tally.deliveries) / seconds);
  report.add("bytes_per_s", static_cast<double>(tally.bytes) / seconds);
  report.add("least_events", static_cast<double>(crowd->least_received()));
  report.add_tally(tally);
  report.print();
}

// All connections are dropped and made again at the same moment.
void run_storm(const Args& args) {
  Loop loop;
  const auto crowd = make_crowd(loop, args);
  crowd->connect_all(kConnectTimeoutSeconds);
  settle(loop, args.warmup_s);
  Report report(args);
  const CpuMeter meter(args.servers);
  const std::uint64_t begin = now_ns();
  crowd->abandon_all();
  for (std::size_t i = 0; i < crowd->size(); ++i) {
    crowd->at(i).start();
  }
  Histogram served_ns;
  std::uint64_t n_served = 0;
  const Tally& tally = crowd->tally();
  while (tally.n_ready + tally.n_lost < crowd->size()) {
    loop.turn(100);
    const std::uint64_t now = now_ns();
    for (; n_served < tally.n_ready; ++n_served) {
      served_ns.add(now - begin);
    }
    if (now - begin > static_cast<std::uint64_t>(kConnectTimeoutSeconds * 1e9)) {
      throw std::runtime_error("only " + std::to_string(tally.n_ready) + " are back");
    }
  }
  const double seconds = static_cast<double>(now_ns() - begin) / 1e9;
  settle(loop, 0.2);
  meter.report(report, args.n_subscribers / 1e6);
  report.add("seconds", seconds);
  report.add("connections_per_s", static_cast<double>(tally.n_ready) / seconds);
  report.add_latency("back_", served_ns);
  report.add_tally(tally);
  report.print();
}

}  // namespace ringside::bench
