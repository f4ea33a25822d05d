// ringside connections, ringside disconnect: the list of connections in the control segment, and requests to cut some.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/control_access.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/base/text.hpp"
#include "core/control/connection_json.hpp"

namespace ringside::cli {
namespace {

struct ListOptions {
  std::string user;
  std::string output = "text";
};

struct CutOptions {
  std::string id;
  std::string user;
};

std::string cell(std::string_view text, std::size_t width) {
  std::string shown = escape_controls(text);
  shown.resize(std::max(width, shown.size()), ' ');
  return shown;
}

std::string row_of(const ConnectionInfo& info, WallTime now) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - info.since);
  return fmt::format("{}  {}  {}  {}  {}  {:>9}  {:>9}  {:>10}  {:>8}  {:>8}  {}\n",
                     connection_id_text(info.id), cell(info.user, 16), cell(info.roles, 16),
                     cell(endpoint_name(info.endpoint), 8),
                     cell(transport_name(info.transport), 12),
                     describe_duration(std::max(age, std::chrono::milliseconds(0))),
                     describe_count(info.numbers.sent), describe_count(info.numbers.bytes),
                     describe_count(info.numbers.behind), describe_count(info.numbers.missed),
                     escape_controls(info.address));
}

int list(const Globals& globals, const ListOptions& options) {
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kFailed;
  }
  const std::optional<std::string> user =
      options.user.empty() ? std::nullopt : std::optional(options.user);
  if (options.output == "json") {
    return print(connections_json(*control, ControlSegment::kMaxListed, user) + "\n") ? kOk
                                                                                      : kFailed;
  }
  const ConnectionList found = control->connections(ControlSegment::kMaxListed, user);
  std::string out =
      fmt::format("{}  {}  {}  {}  {}  {:>9}  {:>9}  {:>10}  {:>8}  {:>8}  {}\n", cell("ID", 16),
                  cell("USER", 16), cell("ROLES", 16), cell("PATH", 8), cell("TRANSPORT", 12),
                  "AGE", "SENT", "BYTES", "BEHIND", "MISSED", "ADDRESS");
  const WallTime now = system_clock().wall_now();
  for (const ConnectionInfo& info : found.connections) {
    out += row_of(info, now);
  }
  if (const auto unlisted = control->total(Counter::kConnectionsUnlisted); unlisted > 0) {
    out += fmt::format("and {} that the list has no place for\n", describe_count(unlisted));
  }
  return print(out) ? kOk : kFailed;
}

// How many connections in the list a request is about.
std::uint64_t count_found(const ControlSegment& control, std::optional<std::uint64_t> id,
                          const std::string& user) {
  const ConnectionList found = control.connections(
      ControlSegment::kMaxListed, id ? std::nullopt : std::optional<std::string>(user));
  return static_cast<std::uint64_t>(std::ranges::count_if(
      found.connections, [&](const ConnectionInfo& info) { return !id || info.id == *id; }));
}

int disconnect(const Globals& globals, const CutOptions& options) {
  if (options.id.empty() == options.user.empty()) {
    complain("disconnect: name a connection, or a user with --user");
    return kUsage;
  }
  const auto id = connection_id_in(options.id);
  if (!options.id.empty() && !id) {
    complain("disconnect: \"" + escape_controls(options.id) +
             "\" is not the id of a connection; `ringside connections` lists the ids");
    return kUsage;
  }
  const auto control = open_control(globals);
  if (control == nullptr) {
    return kFailed;
  }
  const std::uint64_t n_found = count_found(*control, id, options.user);
  using Kind = ControlSegment::CutKind;
  const bool requested = control->request_cut(
      id ? ControlSegment::CutRequest{Kind::kConnection, *id}
         : ControlSegment::CutRequest{Kind::kUser, control->cut_key_of(options.user)});
  if (!requested) {
    complain(
        "disconnect: an lwsws process has not carried out the requests before this one; nothing "
        "was requested: is one of them stopped?");
    return kFailed;
  }
  if (n_found == 0) {
    complain(fmt::format("disconnect: {}{}",
                         id ? "there is no connection " + options.id
                            : escape_controls(options.user) + " has no connection",
                         control->total(Counter::kConnectionsUnlisted) > 0
                             ? " in the list, which has no place for all; the request is made"
                             : ""));
    return kBadResult;
  }
  return print(fmt::format("{} connection{} closed\n", describe_count(n_found),
                           n_found == 1 ? " is" : "s are"))
             ? kOk
             : kFailed;
}

}  // namespace

void add_connections(CLI::App& app, const Globals& globals, Run& run) {
  auto list_options = std::make_shared<ListOptions>();
  CLI::App* list_command =
      app.add_subcommand("connections", "list who is connected, in all processes");
  list_command->add_option("--user", list_options->user, "only this user's");
  list_command->add_option("--output", list_options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  list_command->footer(
      "Numbers are up to a few seconds old.\n"
      "Example:\n  ringside connections --output json | jq '.connections[].user'");
  list_command->callback([&run, &globals, list_options] {
    run = [&globals, list_options] { return list(globals, *list_options); };
  });

  auto cut_options = std::make_shared<CutOptions>();
  CLI::App* cut_command = app.add_subcommand(
      "disconnect", "end a connection, or all of a user, with 1008; the user may come back");
  cut_command->add_option("id", cut_options->id, "the connection, as `connections` shows it");
  cut_command->add_option("--user", cut_options->user, "all connections of this user");
  cut_command->footer(
      "To keep a user out, use `ringside revoke`. Exit status: 3 when there is no such "
      "connection.\n"
      "Examples:\n  ringside disconnect f94674b168511cfe\n  ringside disconnect --user alice");
  cut_command->callback([&run, &globals, cut_options] {
    run = [&globals, cut_options] { return disconnect(globals, *cut_options); };
  });
}

}  // namespace ringside::cli
