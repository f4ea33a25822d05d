// Ctrl-C reaches the whole pipeline. Terraform or ansible then ends in order, and what it says about
// that is worth seeing; so the signal is left to it, and its end is ours.
#include "cli/send_from.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "cli/from_ansible.hpp"
#include "cli/from_terraform.hpp"
#include "cli/relay.hpp"
#include "cli/terminal.hpp"
#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr int kTurnMs = 500;  // between two attempts to connect again
constexpr std::chrono::seconds kFinishTimeout{15};
constexpr std::size_t kLongestLine = 16u << 20u;

std::string working_directory() {
  std::error_code error;
  const auto path = std::filesystem::current_path(error);
  return error ? std::string() : path.filename().string();
}

template <class Run>
class Reading {
 public:
  Reading(const SendFrom& options, Run run)
      : run_(std::move(run)), relay_(options.socket), quiet_(options.quiet) {}

  ExitCode run() {
    if (const Status connected = relay_.connect(); !connected) {
      complain(connected.error().message +
               "; is ringsided running? Its events are kept, and sent when it is there");
    }
    const Status read = read_to_end();
    take_lines(true);
    std::string events;
    run_.finish(events);
    relay_.send(events);
    const Status sent = relay_.finish(kFinishTimeout);
    for (const Status& status : {read, sent}) {
      if (!status) {
        complain("send: " + status.error().message);
        return kFailed;
      }
    }
    if (relay_.n_rejected() > 0) {
      complain(
          fmt::format("send: {} of {} events were rejected", relay_.n_rejected(), relay_.n_sent()));
      return kBadResult;
    }
    return run_.failed() ? kBadResult : kOk;
  }

 private:
  Status read_to_end() {
    std::array<char, 65536> buffer{};
    for (;;) {
      std::array<pollfd, 2> waiting{{{0, POLLIN, 0}, {relay_.fd(), relay_.wanted(), 0}}};
      if (::poll(waiting.data(), waiting.size(), relay_.waiting() ? kTurnMs : -1) < 0) {
        continue;
      }
      if (waiting[0].revents != 0) {
        const ssize_t n = ::read(0, buffer.data(), buffer.size());
        if (n == 0) {
          return {};
        }
        if (n < 0 && errno != EINTR) {
          return fail_errno("standard input");
        }
        input_.append(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
        take_lines(input_.size() > kLongestLine);
      }
      if (waiting[1].revents != 0 || relay_.waiting()) {
        relay_.turn();
      }
    }
  }

  // `all`: also a last line that has no end.
  void take_lines(bool all) {
    std::size_t begin = 0;
    std::string events;
    while (begin < input_.size()) {
      const std::size_t newline = input_.find('\n', begin);
      if (newline == std::string::npos && !all) {
        break;
      }
      const std::size_t end = std::min(newline, input_.size());
      print_said(run_.take(std::string_view(input_).substr(begin, end - begin), events));
      begin = std::min(end + 1, input_.size());
    }
    input_.erase(0, begin);
    if (!events.empty()) {
      relay_.send(events);
    }
  }

  using Said = typename Run::Said;

  void print_said(const Said& said) {
    if (quiet_ || said.text.empty()) {
      return;
    }
    const Color color = said.tone == Said::Tone::kError     ? Color::kRed
                        : said.tone == Said::Tone::kWarning ? Color::kYellow
                        : said.tone == Said::Tone::kGood    ? Color::kGreen
                                                            : Color::kPlain;
    std::string shown;
    for (const std::string_view line : split(said.text, '\n')) {
      shown +=
          fmt::format("{}{}\n", shown.empty() ? "" : "  ", paint(1, color, escape_controls(line)));
    }
    quiet_ = !print(shown);
  }

  Run run_;
  Relay relay_;
  bool quiet_;
  std::string input_;  // what is no whole line yet
};

}  // namespace

ExitCode send_from(const SendFrom& options) {
  std::signal(SIGPIPE, SIG_IGN);  // nobody reads what we print: no reason to stop
  if (::isatty(0) != 1) {
    std::signal(SIGINT, SIG_IGN);
  }
  const std::string name = options.name.empty() ? working_directory() : options.name;
  const WallTime now = system_clock().wall_now();
  if (options.format == "ansible") {
    return Reading(options, FromAnsible(name, now, options.with_diffs)).run();
  }
  return Reading(options, FromTerraform(name, now)).run();
}

}  // namespace ringside::cli
