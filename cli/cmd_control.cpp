// ringside revoke, ringside drain: a word in the control segment that every plugin process reads
// within a tenth of a second.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <memory>

#include "cli/command.hpp"
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

std::unique_ptr<ControlSegment> open_control(const Globals& globals) {
  // Opening makes one where there is none, which is the services' to do: it would be ours, and
  // closed to them.
  const std::string path = globals.run_dir + "/control";
  if (::access(path.c_str(), F_OK) != 0) {
    complain(fail_errno(path).value().message + "; is Ringside running?");
    return nullptr;
  }
  auto control = ControlSegment::open(path, system_clock());
  if (!control) {
    complain(control.error().message);
    return nullptr;
  }
  return std::move(*control);
}

int revoke(const Globals& globals, const std::string& user, const std::string& token_id) {
  if (user.empty() == token_id.empty()) {
    complain("revoke: name a user, or a token with --jti");
    return kUsage;
  }
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kFailed;
  }
  if (!user.empty()) {
    control->revoke(RevocationKind::kUser, user);
  } else {
    control->revoke(RevocationKind::kTokenId, token_id);
  }
  return kOk;
}

std::uint64_t open_connections(const ControlSegment& control) {
  return control.total(Counter::kConnectionsEvents) + control.total(Counter::kConnectionsMetrics) +
         control.total(Counter::kConnectionsLogs);
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
  control->request_drain(options.pid, *spread);
  const MonoTime deadline = system_clock().mono_now() + *spread + std::chrono::seconds(10);
  while (options.wait && open_connections(*control) > 0) {
    if (system_clock().mono_now() > deadline) {
      complain(fmt::format("drain: {} connections are still open", open_connections(*control)));
      return kUnhealthy;
    }
    ::poll(nullptr, 0, 100);
  }
  return kOk;
}

}  // namespace

void add_control(CLI::App& app, const Globals& globals, Run& run) {
  auto user = std::make_shared<std::string>();
  auto token_id = std::make_shared<std::string>();
  CLI::App* revoke_command = app.add_subcommand(
      "revoke",
      "refuse a user's tokens issued until now, or one token, and close their connections");
  revoke_command->add_option("user", *user, "the user (claim sub)");
  revoke_command->add_option("--jti", *token_id, "the one token with this id");
  revoke_command->footer("Examples:\n  ringside revoke alice\n  ringside revoke --jti 7f3c");
  revoke_command->callback([&run, &globals, user, token_id] {
    run = [&globals, user, token_id] { return revoke(globals, *user, *token_id); };
  });

  auto options = std::make_shared<DrainOptions>();
  CLI::App* drain_command = app.add_subcommand(
      "drain", "close all connections with 1001, spread over a time, and take no new ones");
  drain_command->add_option("--spread", options->spread, "over how long")->capture_default_str();
  drain_command->add_option("--pid", options->pid, "only the process with this id");
  drain_command->add_flag("--wait", options->wait, "return when the last one is closed");
  drain_command->footer("Example:\n  ringside drain --spread 30s --wait");
  drain_command->callback([&run, &globals, options] {
    run = [&globals, options] { return drain(globals, *options); };
  });
}

}  // namespace ringside::cli
