// Whether a socket file is stale can only be found out by connecting: ECONNREFUSED means that
// nobody has it open. Two workers cannot race here, for the ring's lock is taken before.
#include "worker/net/unix_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace ringside {
namespace {

constexpr int kBacklog = 1024;
constexpr auto kSameUser = static_cast<uid_t>(-1);

[[nodiscard]] const sockaddr* generic(const sockaddr_un& address) noexcept {
  return reinterpret_cast<const sockaddr*>(&address);
}

Status remove_stale_socket(const std::string& path, const sockaddr_un& address, int type) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? Status() : Status(fail_errno(path));
  }
  if (!S_ISSOCK(found.st_mode)) {
    return fail(path + " exists and is not a socket");
  }
  const UniqueFd probe(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int connected = ::connect(probe.get(), generic(address), sizeof address);
  if (connected == 0 || errno == EAGAIN) {  // EAGAIN: its backlog is full
    ucred owner{};
    socklen_t n = sizeof owner;
    const bool known = connected == 0 && type == SOCK_STREAM &&
                       ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &owner, &n) == 0;
    return fail(path + (known ? fmt::format(" is in use by process {}", owner.pid)
                              : " is in use by another process"));
  }
  if (errno != ECONNREFUSED && errno != EPROTOTYPE && errno != ENOENT) {
    return fail_errno(path + " could be in use");
  }
  if (errno == EPROTOTYPE) {
    return fail(path + " is in use by another process, as another kind of socket");
  }
  return ::unlink(path.c_str()) == 0 || errno == ENOENT
             ? Status()
             : Status(fail_errno("cannot remove the stale socket " + path));
}

}  // namespace

Result<UnixSocket> UnixSocket::bind(const std::string& path, int type, mode_t mode, Group group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(fmt::format("the path of a socket may have {} bytes, {} has {}",
                            sizeof address.sun_path - 1, path, path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (auto cleared = remove_stale_socket(path, address, type); !cleared) {
    return tl::unexpected(cleared.error());
  }
  UnixSocket made;
  made.fd_.reset(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const mode_t old_mask =
      ::umask(0177);  // never open to more than its owner, not even for a moment
  const bool bound =
      made.fd_.valid() && ::bind(made.fd_.get(), generic(address), sizeof address) == 0;
  const int bind_errno = errno;
  ::umask(old_mask);
  errno = bind_errno;
  if (!bound) {
    return fail_errno("cannot bind " + path);
  }
  // The run directory passes its group on to what is made in it: to the web server, which reads the
  // ring there and must not send events by any other socket than the one that is made for it.
  struct stat own {};
  if ((group == Group::kOwn && ::chown(path.c_str(), kSameUser, ::getegid()) != 0) ||
      ::chmod(path.c_str(), mode) != 0 || ::stat(path.c_str(), &own) != 0) {
    return fail_errno("cannot set group and mode of " + path);
  }
  made.path_ = path;
  made.device_ = own.st_dev;
  made.inode_ = own.st_ino;
  if (type == SOCK_STREAM && ::listen(made.fd_.get(), kBacklog) != 0) {
    return fail_errno("cannot listen on " + path);
  }
  return made;
}

Result<UnixSocket> UnixSocket::adopt(UniqueFd fd, int type) {
  int found_type = 0;
  int family = 0;
  socklen_t n = sizeof found_type;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_TYPE, &found_type, &n) != 0 ||
      ::getsockopt(fd.get(), SOL_SOCKET, SO_DOMAIN, &family, &n) != 0) {
    return fail_errno("a descriptor that the service manager passed is not a socket");
  }
  if (family != AF_UNIX || found_type != type) {
    return fail("a socket that the service manager passed is of the wrong kind");
  }
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno("cannot make a socket non-blocking");
  }
  UnixSocket made;
  made.fd_ = std::move(fd);
  return made;
}

UnixSocket::UnixSocket(UnixSocket&& other) noexcept
    : fd_(std::move(other.fd_)),
      path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_) {}

UnixSocket& UnixSocket::operator=(UnixSocket&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::move(other.fd_);
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
  }
  return *this;
}

UnixSocket::~UnixSocket() { close(); }

void UnixSocket::close() noexcept {
  struct stat found {};
  if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
      found.st_ino == inode_) {
    ::unlink(path_.c_str());
  }
  path_.clear();
  fd_.reset();
}

}  // namespace ringside
