// "No such file or directory" is all that the kernel says to a person in a clone whose server runs in .run, or on a machine where
// it has not been started, or without the right to look.
#include "cli/run_dir_hint.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace ringside::cli {
namespace {

// Where script/server and the packages have theirs.
constexpr std::array<const char*, 2> kUsual{".run", "/run/ringside"};

bool has_ring(const std::string& run_dir) {
  return ::access((run_dir + "/ring").c_str(), F_OK) == 0;
}

}  // namespace

std::string run_dir_hint(const std::string& run_dir) {
  if (::access((run_dir + "/ring").c_str(), R_OK) == 0) {
    return "; is ringsided running?";
  }
  if (errno == EACCES) {
    return "; root may, and the web server's user: sudo, or runuser -u ringside-web -- ringside";
  }
  std::string hint = "; nothing runs in " + run_dir +
                     ": start ringsided, or name another run directory with --run-dir DIR (or "
                     "RINGSIDE_RUN_DIR)";
  for (const char* usual : kUsual) {
    if (usual != run_dir && has_ring(usual)) {
      return hint + ", such as " + usual;
    }
  }
  return hint;
}

}  // namespace ringside::cli
