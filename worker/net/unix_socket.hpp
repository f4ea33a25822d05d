#pragma once
// UnixSocket: a bound Unix socket and its file. A stale file (of a worker that died) is replaced, one
// in use is not, and only the socket's own file is removed at the end.
//
// Threads: one.

#include <sys/types.h>

#include <string>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside {

class UnixSocket {
 public:
  // Whose group the file gets: the process', or the directory's where that passes it on (set-group-ID).
  enum class Group { kOwn, kOfDirectory };

  // Binds a non-blocking socket of `type` (SOCK_STREAM: listens too) at `path` with that file mode.
  //   Errors: the path is too long or not a socket; another process listens there (the message has
  //   its pid if the kernel reports it).
  [[nodiscard]] static Result<UnixSocket> bind(const std::string& path, int type, mode_t mode,
                                               Group group = Group::kOwn);
  // One that the service manager bound and keeps: never removed here.
  [[nodiscard]] static Result<UnixSocket> adopt(UniqueFd fd, int type);

  UnixSocket() noexcept = default;
  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&& other) noexcept;
  ~UnixSocket();

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // Removes the file, if it is still this one's, and closes. Nobody can connect from here on.
  void close() noexcept;

 private:
  UniqueFd fd_;
  std::string path_;  // empty: not ours to remove
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace ringside
