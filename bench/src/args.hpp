// The command line of ringside-bench: a workload, then `--name value` pairs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/src/proc.hpp"

namespace ringside::bench {

struct Args {
  std::string workload;
  std::string peer = "ringside";
  std::string label;  // name of the row, the peer's when empty
  std::uint16_t port = 9090;
  std::string producer = "unix";
  std::uint16_t producer_port = 0;  // the port when 0
  std::string producer_path = "/pub";
  std::string socket_path;
  std::string token;
  std::string query;
  std::string transport = "websocket";
  bool compression = false;
  unsigned n_subscribers = 100;
  unsigned n_producers = 1;
  unsigned n_filters = 0;  // different filters among the subscribers
  unsigned window = 1000;  // events that may be under way
  unsigned pipeline = 64;
  double rate = 200;
  double warmup_s = 0.3;
  double seconds = 1.5;
  unsigned floor_frames = 1;
  unsigned floor_flush_ms = 0;
  double fill_mib = 80;               // replay: how much is published beforehand
  std::vector<ProcessGroup> servers;  // the first is the one that ratios are about
};

// Prints what may be said.
void print_usage();

//   Throws std::invalid_argument with a sentence for the user.
[[nodiscard]] Args parse_args(int argc, const char* const* argv);

}  // namespace ringside::bench
