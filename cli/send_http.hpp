#pragma once
// ringside send --url: events to a server, over HTTP.  Threads: one.

#include <chrono>
#include <string>
#include <vector>

namespace ringside::cli {

struct SendHttpOptions {
  std::string url;
  std::string token_file;  // empty: the variable RINGSIDE_TOKEN
  std::string authorities;
  std::chrono::milliseconds retry_for{60'000};  // how long a batch is tried again
  std::vector<std::string> events;              // empty: a line each of standard input
};

// Sends all, in batches, and says what was rejected. Returns an exit status of the command line.
[[nodiscard]] int send_over_http(const SendHttpOptions& options);

}  // namespace ringside::cli
