// ringside: send, watch, ask and steer from a shell. main() knows the subcommands' names and
// nothing else.
#include <cstdio>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/base/version.hpp"

int main(int argc, char** argv) {
  using namespace ringside::cli;
  CLI::App app{"Send events to Ringside, watch them, and administer it."};
  app.name("ringside");
  app.require_subcommand(1);
  app.fallthrough();  // --run-dir may be after the subcommand, too
  app.set_version_flag("--version", std::string("ringside ") + ringside::kVersion);
  Globals globals;
  app.add_option("--run-dir", globals.run_dir,
                 "where the sockets, the ring and the control segment are")
      ->capture_default_str();
  Run run;
  add_send(app, globals, run);
  add_tail(app, globals, run);
  add_status(app, globals, run);
  add_token(app, globals, run);
  add_control(app, globals, run);
  add_connections(app, globals, run);
  add_check(app, globals, run);
  // After the subcommands, which would inherit it.
  app.footer(
      "Examples:\n"
      "  ringside send --type TaskStatusChanged --data "
      "'{\"task_id\":\"t1\",\"status\":\"Running\"}'\n"
      "  ringside tail --events task,log\n"
      "  ringside token --secret /etc/ringside/jwt.secret --user alice --role admin --ttl 8h\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done with a bad result (rejected, "
      "unhealthy).");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  try {
    return run();
  } catch (const std::exception& error) {
    complain(error.what());
    return kFailed;
  }
}
