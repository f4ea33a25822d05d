// ringsided: parses the command line, loads the configuration, runs the daemon. Everything else is in
// Daemon.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <span>
#include <string>

#include "core/base/log.hpp"
#include "core/base/version.hpp"
#include "core/config/usage.hpp"
#include "core/setup/worker_setup.hpp"
#include "worker/daemon.hpp"
#include "worker/sources/source_options.hpp"

namespace {

using namespace ringside;

constexpr int kFailed = 1;
constexpr int kWrongConfiguration = 2;
constexpr int kWrongUsage = 2;

struct Arguments {
  std::string config = "/etc/ringside/ringside.toml";
  std::string run_dir;
  bool check_only = false;
};

int check(const Arguments& arguments, const WorkerOptions& options) {
  const WorkerSetupResult made = make_worker_setup(options);
  if (!made.errors.empty()) {
    std::fprintf(stderr, "%s\n", join_messages(made.errors).c_str());
    return kWrongConfiguration;
  }
  std::printf("%s is valid: %zu event schemas\n", arguments.config.c_str(),
              made.setup.schemas->n_schemas());
  return 0;
}

int serve(const Arguments& arguments, WorkerOptions options) {
  std::signal(SIGPIPE, SIG_IGN);
  Daemon daemon(arguments.config, arguments.run_dir, std::move(options));
  if (const auto started = daemon.start(); !started) {
    log::error("{}", started.error().message);
    return kFailed;
  }
  daemon.run();
  return 0;
}

int run(const Arguments& arguments) {
  WorkerOptionsResult loaded =
      load_worker_setup(arguments.config, arguments.run_dir, source_option_specs());
  for (const OptionError& error : loaded.errors) {
    std::fprintf(stderr, "%s\n", format_option_error(arguments.config, error).c_str());
  }
  if (!loaded.errors.empty()) {
    return kWrongConfiguration;
  }
  log::set_program("ringsided");
  log::set_up(loaded.options.log_level, loaded.options.log_format);
  return arguments.check_only ? check(arguments, loaded.options)
                              : serve(arguments, std::move(loaded.options));
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Receives events from programs on this machine, validates them, and writes them to the ring "
      "that the plugin serves.",
      "ringsided");
  app.add_option("--config", arguments.config, "Configuration file")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--run-dir", arguments.run_dir,
                 "Directory of sockets, ring and control segment, instead of the configured one")
      ->type_name("DIR");
  app.add_flag("--check", arguments.check_only,
               "Only check the configuration: exit status 0 if it is valid, 2 if not");
  app.set_version_flag("--version", std::string("ringsided ") + kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
      return app.exit(error);
    }
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    std::fprintf(stderr, "ringsided: %s; see ringsided --help\n",
                 explain_usage_error(app, words.subspan(1), error).c_str());
    return kWrongUsage;
  }
  try {
    return run(arguments);
  } catch (const std::exception& error) {
    log::error("{}", error.what());
    return kFailed;
  }
}
