// sim: runs simulated worlds and says which seed broke what. See script/sim.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <string_view>

#include "core/base/log.hpp"
#include "tests/sim/world.hpp"

namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::uint64_t n_seeds = 1;
  std::uint64_t n_steps = 20'000;
  std::uint64_t n_seconds = 0;  // 0: n_seeds decides
};

bool run(std::uint64_t seed, std::uint64_t n_steps, std::uint64_t& n_done, std::uint64_t& digest) {
  ringside::sim::World world(seed);
  std::string violation;
  try {
    bool well = true;
    for (std::uint64_t n = 0; n < n_steps && well; ++n, ++n_done) {
      well = world.step();
    }
    well = well && world.finish();
    violation = world.violation();
  } catch (const std::exception& failure) {
    violation = failure.what();
  }
  if (!violation.empty()) {
    fmt::print("seed {}: step {}: {}\n  again: script/sim --seed {}\n", seed, n_done, violation,
               seed);
  }
  digest = digest * 31 + world.digest();
  return violation.empty();
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seed") {
      arguments.seed = value;
    } else if (name == "--seeds") {
      arguments.n_seeds = value;
    } else if (name == "--steps") {
      arguments.n_steps = value;
    } else if (name == "--seconds") {
      arguments.n_seconds = value;
      arguments.seed = std::random_device{}();
    } else {
      fmt::print(stderr, "sim: unknown option {}\n", name);
      return 2;
    }
  }
  ringside::log::set_level(ringside::log::Level::kError);
  using Seconds = std::chrono::duration<double>;
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return Seconds(std::chrono::steady_clock::now() - begin).count(); };
  std::uint64_t n_done = 0;
  std::uint64_t n_failed = 0;
  std::uint64_t n_run = 0;
  std::uint64_t digest = 0;
  while (arguments.n_seconds != 0 ? elapsed() < static_cast<double>(arguments.n_seconds)
                                  : n_run < arguments.n_seeds) {
    std::uint64_t n_steps = 0;
    n_failed += run(arguments.seed + n_run, arguments.n_steps, n_steps, digest) ? 0U : 1U;
    n_done += n_steps;
    ++n_run;
  }
  fmt::print("sim: {} seeds from {}, {} steps, {:.0f} steps a second, sent {:016x}, {} failed\n",
             n_run, arguments.seed, n_done, static_cast<double>(n_done) / elapsed(), digest,
             n_failed);
  return n_failed == 0 ? 0 : 1;
}
