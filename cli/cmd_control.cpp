// ringside revoke, ringside drain: a word in the control segment that every plugin process reads
// within a tenth of a second.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/control_access.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/control/control_segment.hpp"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kStoreDeadline{10};

struct DrainOptions {
  std::string spread = "10s";
  std::uint32_t pid = 0;
  bool wait = false;
};

struct RevokeOptions {
  std::string user;
  std::string token_id;
  std::string keep;
  bool count = false;
  bool wait = false;
};

[[nodiscard]] std::string fill_of(const ControlSegment& control) {
  return fmt::format("{} of {} revocations are in use", describe_count(control.n_revocations()),
                     describe_count(ControlSegment::kMaxRevocations));
}

[[nodiscard]] bool has_worker(const ControlSegment& control) {
  for (const ProcessInfo& process : control.processes()) {
    if (process.kind == ProcessKind::kWorker) {
      return true;
    }
  }
  return false;
}

// Why a revocation is not in the state directory yet, and may not get there; empty when there is no
// reason to fear that.
[[nodiscard]] std::string storage_trouble(const ControlSegment& control) {
  if (!has_worker(control)) {
    return "ringsided does not run and stores it when it is started";
  }
  if (const int error = control.saved_revocations().error; error != 0) {
    return fmt::format("ringsided cannot write to its state directory ({}); see its log",
                       fmt::string_view(std::strerror(error)));
  }
  return {};
}

// Says whether the revocation made as `generation` is safe from a reboot.
int report_storage(const ControlSegment& control, std::uint64_t generation, bool wait) {
  const MonoTime deadline = system_clock().mono_now() + kStoreDeadline;
  while (wait && control.saved_revocations().generation < generation &&
         storage_trouble(control).empty() && system_clock().mono_now() < deadline) {
    ::poll(nullptr, 0, 20);
  }
  const bool is_saved = control.saved_revocations().generation >= generation;
  std::string trouble = is_saved ? "" : storage_trouble(control);
  if (wait && !is_saved && trouble.empty()) {
    trouble = fmt::format("ringsided has not stored it within {} s", kStoreDeadline.count());
  }
  if (!trouble.empty()) {
    complain("revoke: in force, but a reboot would forget it: " + trouble);
  }
  return wait && !is_saved ? kBadResult : kOk;
}

int refuse_revocation(const ControlSegment& control) {
  complain(fmt::format(
      "revoke: nothing was revoked: {}. Old ones are never dropped for new ones. Set "
      "revocations.keep in ringside.toml to the longest lifetime of your tokens and reload "
      "ringsided, which forgets older ones within a minute, and revoke with --for; or replace the "
      "key that signs tokens, which ends them all",
      fill_of(control)));
  return kFailed;
}

int revoke(const Globals& globals, const RevokeOptions& options) {
  if (!options.count && options.user.empty() == options.token_id.empty()) {
    complain("revoke: name a user, or a token with --jti");
    return kUsage;
  }
  if (options.count && !(options.user.empty() && options.token_id.empty())) {
    complain("revoke: --count cannot be used with a user or --jti");
    return kUsage;
  }
  std::optional<std::chrono::milliseconds> keep;
  if (!options.keep.empty()) {
    keep = parse_duration(options.keep);
    if (!keep || keep->count() <= 0) {
      complain("revoke: --for must be a time such as 30d, is \"" + options.keep + "\"");
      return kUsage;
    }
  }
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kFailed;
  }
  if (options.count) {
    return print(fill_of(*control) + "\n") ? kOk : kFailed;
  }
  const bool is_user = !options.user.empty();
  if (!control->revoke(is_user ? RevocationKind::kUser : RevocationKind::kTokenId,
                       is_user ? options.user : options.token_id, keep)) {
    return refuse_revocation(*control);
  }
  const std::uint64_t generation = control->revocation_generation();
  (void)print(fmt::format("revoked; {}\n", fill_of(*control)));
  if (control->n_revocations() > ControlSegment::kMaxRevocations / 10 * 9) {
    complain("revoke: nearly full: set revocations.keep in ringside.toml, or revoke with --for");
  }
  return report_storage(*control, generation, options.wait);
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
      return kBadResult;
    }
    ::poll(nullptr, 0, 100);
  }
  return kOk;
}

void add_revoke(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<RevokeOptions>();
  CLI::App* command = app.add_subcommand(
      "revoke",
      "refuse a user's tokens issued until now, or one token, and close their connections");
  command->add_option("user", options->user, "the user (claim sub)");
  command->add_option("--jti", options->token_id, "the one token with this id");
  command->add_option("--for", options->keep,
                      "how long the revocation is kept, at least as long as the tokens last");
  command->add_flag("--wait", options->wait, "return when it is stored and survives a reboot");
  command->add_flag("--count", options->count, "print only the number of revocations");
  command->footer(
      "Examples:\n  ringside revoke alice\n  ringside revoke --jti 7f3c --for 30d\n"
      "  ringside revoke --count");
  command->callback([&run, &globals, options] {
    run = [&globals, options] { return revoke(globals, *options); };
  });
}

}  // namespace

void add_control(CLI::App& app, const Globals& globals, Run& run) {
  add_revoke(app, globals, run);
  auto options = std::make_shared<DrainOptions>();
  CLI::App* drain_command = app.add_subcommand(
      "drain", "close all connections with 1001, spread over a time, and refuse new ones");
  drain_command->add_option("--spread", options->spread, "over how long")->capture_default_str();
  drain_command->add_option("--pid", options->pid, "only the process with this id");
  drain_command->add_flag("--wait", options->wait, "return when the last one is closed");
  drain_command->footer("Example:\n  ringside drain --spread 30s --wait");
  drain_command->callback([&run, &globals, options] {
    run = [&globals, options] { return drain(globals, *options); };
  });
}

}  // namespace ringside::cli
