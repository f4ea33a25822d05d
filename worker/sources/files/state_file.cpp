// Plain system calls: a few hundred bytes to a memory file system, once a second at most, on the
// loop's thread.
#include "worker/sources/files/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>

#include "core/base/unique_fd.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMaxBytes = 1u << 20u;

}  // namespace

std::optional<std::string> read_state_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat st {};
  if (!fd.valid() || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode) ||
      static_cast<std::size_t>(st.st_size) > kMaxBytes) {
    return std::nullopt;
  }
  std::string text(static_cast<std::size_t>(st.st_size), '\0');
  const ssize_t n = ::pread(fd.get(), text.data(), text.size(), 0);
  if (n < 0) {
    return std::nullopt;
  }
  text.resize(static_cast<std::size_t>(n));
  return text;
}

Status write_state_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".new";
  UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) {
    return fail_errno("cannot create " + draft);
  }
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return fail_errno("cannot write " + draft);
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return fail_errno("cannot rename " + draft);
  }
  return {};
}

}  // namespace ringside
