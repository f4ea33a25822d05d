// Opening a control segment makes one where there is none, which is the services' to do: it would be ours, and closed to them.
#include "cli/control_access.hpp"

#include <unistd.h>

#include "cli/run_dir_hint.hpp"
#include "cli/terminal.hpp"

namespace ringside::cli {

std::unique_ptr<ControlSegment> open_control(const Globals& globals) {
  const std::string path = globals.run_dir + "/control";
  if (::access(path.c_str(), F_OK) != 0) {
    complain(fail_errno(path).value().message + run_dir_hint(globals.run_dir));
    return nullptr;
  }
  auto control = ControlSegment::open(path, system_clock());
  if (!control) {
    complain(control.error().message +
             (::access(path.c_str(), R_OK | W_OK) == 0 ? "" : run_dir_hint(globals.run_dir)));
    return nullptr;
  }
  return std::move(*control);
}

}  // namespace ringside::cli
