// A stretch begins and ends with nothing under way, so that what was used by the servers in it and
// what was delivered in it belong together exactly.
#include "bench/src/run.hpp"

#include <stdexcept>

namespace ringside::bench {
namespace {

constexpr double kStallSeconds = 15;
constexpr std::uint64_t kSlowTurnNs = 100'000'000;

std::uint64_t seconds_to_ns(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

// Fails a run in which nothing has come in for a long time.
class StallWatch {
 public:
  void check(const Crowd& crowd, const Tally& tally, const Feed& feed) {
    if (tally.n_lost != 0) {
      throw std::runtime_error("a subscriber was lost: " + tally.first_error);
    }
    if (!feed.error().empty()) {
      throw std::runtime_error("publishing failed: " + feed.error());
    }
    const std::uint64_t now = now_ns();
    if (tally.bytes != bytes_ || since_ == 0) {
      bytes_ = tally.bytes;
      since_ = now;
    } else if (now - since_ > seconds_to_ns(kStallSeconds)) {
      throw std::runtime_error("deliveries stopped; the slowest subscriber has " +
                               std::to_string(crowd.least_received()) + " " + tally.first_error);
    }
  }

 private:
  std::uint64_t bytes_ = 0;
  std::uint64_t since_ = 0;
};

}  // namespace

ProducerOptions producer_options(const Args& args) {
  return {.kind = args.producer,
          .socket_path = args.socket_path,
          .port = args.producer_port,
          .path = args.producer_path,
          .want_acks = false,
          .pipeline = args.pipeline,
          .index = 0};
}

std::unique_ptr<Feed> make_feed(Loop& loop, const Args& args) {
  if (args.peer == "floor") {
    return make_floor_feed(
        {.port = args.port, .frames_per_send = args.floor_frames, .flush_ms = args.floor_flush_ms});
  }
  return make_producer_feed(loop, producer_options(args));
}

std::unique_ptr<Crowd> make_crowd(Loop& loop, const Args& args) {
  const CrowdOptions options{.port = args.port, .n_subscribers = args.n_subscribers};
  return std::make_unique<Crowd>(loop, options, [&args](std::size_t index) {
    DialectOptions dialect{.token = args.token,
                           .query = args.query,
                           .transport = args.transport,
                           .compression = args.compression};
    if (args.n_filters != 0) {
      // All let the bench's events through, and no two are the same.
      dialect.query +=
          (dialect.query.empty() ? "filter.status=Running,Other" : "&filter.status=Running,Other") +
          std::to_string(index % args.n_filters);
    }
    return make_dialect(args.peer, dialect);
  });
}

Stretch run_stretch(Loop& loop, Crowd& crowd, Feed& feed, const Args& args, double seconds,
                    double rate, SlowReader slow) {
  Tally& tally = crowd.tally();
  const Tally before = tally;
  const std::uint64_t base = crowd.least_received(slow.index);
  const std::uint64_t begin = now_ns();
  const std::uint64_t end = begin + seconds_to_ns(seconds);
  std::uint64_t slow_due = begin;
  StallWatch watch;
  const auto turn = [&] {
    loop.turn(20);
    if (slow.index != SIZE_MAX && now_ns() >= slow_due) {
      crowd.at(slow.index).read_some(slow.bytes_per_turn);
      slow_due += kSlowTurnNs;
    }
    watch.check(crowd, tally, feed);
  };

  feed.begin(rate);
  while (now_ns() < end) {
    if (rate == 0) {
      feed.allow(crowd.least_received(slow.index) - base + args.window);
    }
    turn();
  }
  Stretch stretch;
  stretch.published = feed.finish();
  while (crowd.least_received(slow.index) - base < stretch.published) {
    turn();
  }
  stretch.seconds = static_cast<double>(now_ns() - begin) / 1e9;
  stretch.deliveries = tally.deliveries - before.deliveries;
  stretch.bytes = tally.bytes - before.bytes;
  stretch.n_reads = tally.n_reads - before.n_reads;
  stretch.n_messages = tally.n_messages - before.n_messages;
  return stretch;
}

}  // namespace ringside::bench
