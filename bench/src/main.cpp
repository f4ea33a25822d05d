// ringside-bench: one workload on one running server, one line of JSON.
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include <sys/resource.h>

#include "bench/src/args.hpp"
#include "bench/src/run.hpp"

namespace {

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void run(const ringside::bench::Args& args) {
  using namespace ringside::bench;
  struct Workload {
    const char* name;
    void (*run)(const Args&);
  };
  static constexpr Workload kWorkloads[] = {
      {"fanout", run_fanout}, {"latency", run_latency}, {"idle", run_idle},  {"ingest", run_ingest},
      {"replay", run_replay}, {"slow", run_slow},       {"storm", run_storm}};
  for (const Workload& workload : kWorkloads) {
    if (args.workload == workload.name) {
      workload.run(args);
      return;
    }
  }
  throw std::invalid_argument("unknown workload " + args.workload);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const ringside::bench::Args args = ringside::bench::parse_args(argc, argv);
    raise_descriptor_limit();
    run(args);
    return 0;
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "ringside-bench: %s\n", wrong.what());
    ringside::bench::print_usage();
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "ringside-bench: %s\n", failure.what());
    return 1;
  }
}
