// ringside drain: a word in the control segment that every plugin process reads within a tenth of a second.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/control_access.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/control/control_segment.hpp"

namespace ringside::cli {
namespace {

struct DrainOptions {
  std::string spread = "10s";
  std::uint32_t pid = 0;
  bool wait = false;
};

std::uint64_t open_connections(const ControlSegment& control) {
  return control.total(Counter::kConnectionsEvents) + control.total(Counter::kConnectionsMetrics) +
         control.total(Counter::kConnectionsLogs);
}

std::vector<std::uint32_t> web_servers(const ControlSegment& control) {
  std::vector<std::uint32_t> pids;
  for (const ProcessInfo& process : control.processes()) {
    if (process.kind == ProcessKind::kPlugin) {
      pids.push_back(process.pid);
    }
  }
  return pids;
}

std::string count_of(std::uint64_t n, const char* what, const char* plural) {
  return fmt::format("{} {}", describe_count(n), n == 1 ? what : plural);
}

int wait_until_closed(const ControlSegment& control, std::chrono::milliseconds spread) {
  const MonoTime deadline = system_clock().mono_now() + spread + std::chrono::seconds(10);
  while (open_connections(control) > 0) {
    if (system_clock().mono_now() > deadline) {
      complain(fmt::format("drain: {} still open", count_of(open_connections(control),
                                                            "connection is", "connections are")));
      return kBadResult;
    }
    ::poll(nullptr, 0, 100);
  }
  return print("all are closed\n") ? kOk : kFailed;
}

int drain(const Globals& globals, const DrainOptions& options) {
  const auto spread = parse_duration(options.spread);
  if (!spread) {
    complain("drain: --spread must be a time such as 10s, is \"" + options.spread + "\"");
    return kUsage;
  }
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kFailed;
  }
  const std::vector<std::uint32_t> pids = web_servers(*control);
  if (options.pid != 0 && std::ranges::find(pids, options.pid) == pids.end()) {
    complain(fmt::format("drain: no lwsws process has the id {}: {}", options.pid,
                         pids.empty()
                             ? std::string("none runs")
                             : fmt::format("those that serve are {}", fmt::join(pids, ", "))));
    return kFailed;
  }
  if (pids.empty()) {
    return print("no lwsws process runs: nothing to drain\n") ? kOk : kFailed;
  }
  const std::uint64_t n_open = open_connections(*control);
  control->request_drain(options.pid, *spread);
  const std::string whose = options.pid != 0 ? fmt::format("process {}", options.pid)
                                             : count_of(pids.size(), "process", "processes");
  (void)print(fmt::format("{} drain{}: {} in all, closed over {}\n", whose,
                          options.pid != 0 || pids.size() == 1 ? "s" : "",
                          count_of(n_open, "connection", "connections"),
                          describe_duration(*spread)));
  return options.wait ? wait_until_closed(*control, *spread) : kOk;
}

}  // namespace

void add_drain(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<DrainOptions>();
  CLI::App* command = app.add_subcommand(
      "drain", "close all connections with 1001, spread over a time, and refuse new ones");
  command->add_option("--spread", options->spread, "over how long")->capture_default_str();
  command->add_option("--pid", options->pid, "only the process with this id");
  command->add_flag("--wait", options->wait, "return when the last one is closed");
  command->footer(
      "Example:\n  ringside drain --spread 30s --wait\n"
      "Exit status: 1 when there is no process with that id, 3 when some are still open.");
  command->callback([&run, &globals, options] {
    run = [&globals, options] { return drain(globals, *options); };
  });
}

}  // namespace ringside::cli
