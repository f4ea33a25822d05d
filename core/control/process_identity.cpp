// pidfds would be the modern way, but a pidfd belongs to the process that holds it, and a slot in a
// file must be evaluated by processes that come later. So: the pid and its start time, as
// start-stop-daemon and systemd compare them.
//
// Processes of different PID namespaces cannot check each other; worker and plugins must share one
// (docs/operations.md).
#include "core/control/process_identity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

#include "core/base/text.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {
namespace {

struct ProcStat {
  char state = '?';
  std::uint64_t start_ticks = 0;
};

// proc(5): "pid (comm) state ...", start time is field 22. The name may contain anything, so look for
// the last parenthesis.
[[nodiscard]] std::optional<ProcStat> read_proc_stat(std::uint32_t pid) noexcept {
  std::array<char, 64> path{};
  *fmt::format_to_n(path.data(), path.size() - 1, "/proc/{}/stat", pid).out = '\0';
  const UniqueFd fd(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    return std::nullopt;
  }
  std::array<char, 1024> buffer{};
  const ssize_t n = ::read(fd.get(), buffer.data(), buffer.size());
  if (n <= 0) {
    return std::nullopt;
  }
  std::string_view rest(buffer.data(), static_cast<std::size_t>(n));
  const std::size_t name_end = rest.rfind(')');
  if (name_end == std::string_view::npos || name_end + 2 >= rest.size()) {
    return std::nullopt;
  }
  rest.remove_prefix(name_end + 2);
  ProcStat stat;
  stat.state = rest.front();
  constexpr int kFieldsBetweenStateAndStart = 19;
  for (int i = 0; i < kFieldsBetweenStateAndStart; ++i) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) {
      return std::nullopt;
    }
    rest.remove_prefix(space + 1);
  }
  if (!parse_u64(rest.substr(0, rest.find(' ')), stat.start_ticks)) {
    return std::nullopt;
  }
  return stat;
}

}  // namespace

ProcessIdentity this_process() noexcept {
  ProcessIdentity self{static_cast<std::uint32_t>(::getpid()), 0};
  if (const std::optional<ProcStat> stat = read_proc_stat(self.pid)) {
    self.start_ticks = stat->start_ticks;
  }
  return self;
}

bool is_alive(ProcessIdentity process) noexcept {
  constexpr std::uint32_t kMaxPid = 1U << 22U;  // proc(5), pid_max
  if (process.pid == 0 || process.pid > kMaxPid) {
    return false;
  }
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) {
    return false;
  }
  const std::optional<ProcStat> stat = read_proc_stat(process.pid);
  if (!stat) {
    return true;  // hidden, or gone this instant, which the next look will show
  }
  const bool ended = stat->state == 'Z' || stat->state == 'X';
  return !ended && (process.start_ticks == 0 || process.start_ticks == stat->start_ticks);
}

}  // namespace ringside
