// ringside revoke: refuses tokens, shows what is refused, and takes a mistake back. The names of users and tokens are stored as
// hashes, so a list has times and no names, and one who asks names whom they ask about.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
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
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/control/control_segment.hpp"

namespace ringside::cli {
namespace {

constexpr std::chrono::seconds kStoreDeadline{10};

struct RevokeOptions {
  std::string user;
  std::string token_id;
  std::string keep;
  std::string output = "text";
  bool count = false;
  bool list = false;
  bool undo = false;
  bool wait = false;

  [[nodiscard]] bool names_someone() const { return !user.empty() || !token_id.empty(); }
  [[nodiscard]] RevocationKind kind() const {
    return user.empty() ? RevocationKind::kTokenId : RevocationKind::kUser;
  }
  [[nodiscard]] const std::string& subject() const { return user.empty() ? token_id : user; }
  // "alice", "the token 7f3c".
  [[nodiscard]] std::string name() const {
    return escape_controls(user.empty() ? "the token " + token_id : user);
  }
};

[[nodiscard]] std::string fill_of(const ControlSegment& control) {
  return fmt::format("{} of {} revocations are in use", describe_count(control.n_revocations()),
                     describe_count(ControlSegment::kMaxRevocations));
}

[[nodiscard]] bool has_worker(const ControlSegment& control) {
  return std::ranges::any_of(control.processes(), [](const ProcessInfo& process) {
    return process.kind == ProcessKind::kWorker;
  });
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

// Says whether the change made as `generation` is safe from a reboot.
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

[[nodiscard]] std::string end_of(const RevocationRecord& record) {
  return record.until ? format_rfc3339(*record.until) : std::string("never");
}

int print_list(const RevokeOptions& options, std::vector<RevocationRecord> records) {
  std::ranges::sort(records, {}, &RevocationRecord::time);
  if (options.output == "json") {
    Json list = Json::array();
    for (const RevocationRecord& record : records) {
      Json row = Json::object();
      row.set("key", fmt::format("{:016x}", record.key))
          .set("revoked", format_rfc3339(record.time));
      if (record.until) {
        row.set("until", format_rfc3339(*record.until));
      } else {
        row.set("until", Json::null());
      }
      list.append(row);
    }
    return print(Json::object().set("revocations", list).dump() + "\n") ? kOk : kFailed;
  }
  std::string out = fmt::format("{:<16}  {:<30}  {}\n", "KEY", "REVOKED", "UNTIL");
  for (const RevocationRecord& record : records) {
    out += fmt::format("{:016x}  {:<30}  {}\n", record.key, format_rfc3339(record.time),
                       end_of(record));
  }
  return print(out) ? kOk : kFailed;
}

int list(const ControlSegment& control, const RevokeOptions& options) {
  if (!options.names_someone()) {
    return print_list(options, control.revocations());
  }
  const auto record = control.revocation_of(options.kind(), options.subject());
  if (!record) {
    complain(fmt::format("revoke: {} is not revoked", options.name()));
    return kBadResult;
  }
  return print_list(options, {*record});
}

int undo(ControlSegment& control, const RevokeOptions& options) {
  if (control.cluster().state != ClusterState::kNone) {
    complain(
        "revoke: nothing was undone: this is a node of a cluster, whose other nodes would keep the "
        "revocation and bring it back; give the user a new token instead, which is accepted");
    return kFailed;
  }
  if (!has_worker(control)) {
    complain(
        "revoke: nothing was undone: ringsided does not run, and would restore the revocation from "
        "its state directory at its next start; start it first");
    return kFailed;
  }
  if (!control.undo_revocation(options.kind(), options.subject())) {
    complain(fmt::format("revoke: {} is not revoked: nothing was undone", options.name()));
    return kBadResult;
  }
  const std::uint64_t generation = control.revocation_generation();
  (void)print(
      fmt::format("{} is no longer revoked: tokens that are not expired are good again; {}\n",
                  options.name(), fill_of(control)));
  return report_storage(control, generation, options.wait);
}

// What those who are connected notice; tokens' ids are not in the list of connections.
[[nodiscard]] std::string effect_of(const ControlSegment& control, const RevokeOptions& options) {
  if (options.user.empty()) {
    return "connections with it are closed";
  }
  const std::size_t n =
      control.connections(ControlSegment::kMaxListed, options.user).connections.size();
  return n == 0 ? "the user has no connection now"
                : fmt::format("{} connection{} of the user {} closed", describe_count(n),
                              n == 1 ? "" : "s", n == 1 ? "is" : "are");
}

int add(ControlSegment& control, const RevokeOptions& options,
        std::optional<std::chrono::milliseconds> keep) {
  const std::string effect = effect_of(control, options);
  if (!control.revoke(options.kind(), options.subject(), keep)) {
    return refuse_revocation(control);
  }
  const std::uint64_t generation = control.revocation_generation();
  (void)print(fmt::format("revoked {}{}; {}; {}\n", options.name(),
                          options.user.empty() ? "" : ": tokens issued until now are refused",
                          effect, fill_of(control)));
  if (control.n_revocations() > ControlSegment::kMaxRevocations / 10 * 9) {
    complain("revoke: nearly full: set revocations.keep in ringside.toml, or revoke with --for");
  }
  return report_storage(control, generation, options.wait);
}

// The first reason why these options do not go together.
[[nodiscard]] std::string wrong_use(const RevokeOptions& options) {
  if (options.count + options.list + options.undo > 1) {
    return "give one of --count, --list and --undo";
  }
  if (options.count && options.names_someone()) {
    return "--count cannot be used with a user or --jti";
  }
  if (!options.user.empty() && !options.token_id.empty()) {
    return "name a user, or a token with --jti, and not both";
  }
  if (!options.count && !options.list && !options.names_someone()) {
    return "name a user, or a token with --jti";
  }
  if (!options.keep.empty() && (options.count || options.list || options.undo)) {
    return "--for is for a revocation";
  }
  return {};
}

int revoke(const Globals& globals, const RevokeOptions& options) {
  if (const std::string wrong = wrong_use(options); !wrong.empty()) {
    complain("revoke: " + wrong);
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
  if (options.list) {
    return list(*control, options);
  }
  return options.undo ? undo(*control, options) : add(*control, options, keep);
}

}  // namespace

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
  command->add_flag("--undo", options->undo, "take the revocation of this user or token back");
  command->add_flag("--list", options->list,
                    "list revocations, which have no names, or the one of this user or token");
  command->add_flag("--count", options->count, "print only the number of revocations");
  command->add_option("--output", options->output, "of --list: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n  ringside revoke alice\n  ringside revoke --jti 7f3c --for 30d\n"
      "  ringside revoke --list alice\n  ringside revoke --undo alice\n"
      "Exit status: 3 when there was nothing to undo or list, or --wait ended without success.");
  command->callback([&run, &globals, options] {
    run = [&globals, options] { return revoke(globals, *options); };
  });
}

}  // namespace ringside::cli
