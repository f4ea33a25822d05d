// Worker and plugins start in any order, or at once, and each must find the same file: whoever
// finds none takes the directory's lock, looks again, and makes one under another name; it gets its
// own by rename when it is complete. All blocks are allocated at once, since a full tmpfs must be
// an error here and not SIGBUS when the first counter is written.
//
// A segment that cannot be used, since it has another layout or is damaged, is replaced by the worker
// alone, at its start. Otherwise an upgrade, or one process that damages the file, would keep Ringside
// down until somebody removes it. Its revocations are not lost, the worker has them in a file.
// Plugins of another version that still run keep the old file: the worker's log says so, and they
// report that they are not ready, because the worker's heartbeat is missing there.
#include "core/control/segment_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "core/base/log.hpp"
#include "core/control/identity_hash.hpp"
#include "core/shm/directory_lock.hpp"

namespace ringside::control {
namespace {

constexpr mode_t kMode = 0660;

// The file of that name: a segment, or why it cannot be used; neither if there is no file.
struct Found {
  std::optional<SegmentFile> segment;
  std::string problem;
};

// Why the segment cannot be used; empty when it can.
[[nodiscard]] std::string problem_of(const Segment& segment) {
  if (segment.magic.load(std::memory_order_acquire) != kMagic) {
    return "not a control segment";
  }
  const std::uint64_t version = segment.layout_version.load(std::memory_order_acquire);
  if (version != kControlLayoutVersion) {
    return fmt::format("layout version {}, this program knows {}", version, kControlLayoutVersion);
  }
  return segment.file_bytes.load(std::memory_order_acquire) == sizeof(Segment) ? "" : "damaged";
}

[[nodiscard]] Result<Found> find_file(const std::string& path) {
  SegmentFile file;
  file.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.fd.valid()) {
    if (errno == ENOENT) {
      return Found{};
    }
    return fail_errno("open");
  }
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) {
    return fail_errno("fstat");
  }
  if (!S_ISREG(status.st_mode)) {
    return fail("not a regular file: remove it, or set another run directory");
  }
  if (status.st_size != static_cast<off_t>(sizeof(Segment))) {
    return Found{std::nullopt, "not a control segment of this version"};
  }
  Result<Mapping> mapping = Mapping::make(file.fd.get(), sizeof(Segment), Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  file.mapping = std::move(*mapping);
  if (std::string problem = problem_of(file.segment()); !problem.empty()) {
    return Found{std::nullopt, std::move(problem)};
  }
  return Found{std::move(file), {}};
}

// Before the directory is locked: who may not make files in it may not lock it either.
[[nodiscard]] Status check_may_make(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  if (::access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) != 0 && errno == EACCES) {
    return fail("it does not exist, and this user may not make it: start ringsided");
  }
  return {};
}

[[nodiscard]] Result<SegmentFile> make_file(const std::string& path, const Clock& clock) {
  SegmentFile file;
  file.fd =
      UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.fd.valid() || ::fchmod(file.fd.get(), kMode) != 0) {
    return fail_errno("create");
  }
  if (const int error = ::posix_fallocate(file.fd.get(), 0, static_cast<off_t>(sizeof(Segment)));
      error != 0) {
    errno = error;
    return fail_errno(fmt::format("allocate {} bytes", sizeof(Segment)));
  }
  Result<Mapping> mapping = Mapping::make(file.fd.get(), sizeof(Segment), Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  file.mapping = std::move(*mapping);
  Segment& segment = file.segment();
  segment.layout_version.store(kControlLayoutVersion, std::memory_order_relaxed);
  segment.file_bytes.store(sizeof(Segment), std::memory_order_relaxed);
  segment.created_ns.store(static_cast<std::uint64_t>(to_ns(clock.wall_now())),
                           std::memory_order_relaxed);
  const HashKey key = random_hash_key();
  segment.hash_key[0].store(key.low, std::memory_order_relaxed);
  segment.hash_key[1].store(key.high, std::memory_order_relaxed);
  segment.magic.store(kMagic, std::memory_order_release);
  return file;
}

// The caller has the directory's lock. What is at `path` loses its name.
[[nodiscard]] Result<SegmentFile> make_named_file(const std::string& path, const Clock& clock,
                                                  const std::string& context) {
  const std::string fresh_path = path + ".new";
  ::unlink(fresh_path.c_str());  // of one that was killed here
  Result<SegmentFile> fresh = make_file(fresh_path, clock);
  if (!fresh) {
    ::unlink(fresh_path.c_str());
    return fail_from(fresh.error(), context);
  }
  if (::rename(fresh_path.c_str(), path.c_str()) != 0) {
    auto failure = fail_errno(context + ": rename");
    ::unlink(fresh_path.c_str());
    return failure;
  }
  return fresh;
}

}  // namespace

Result<SegmentFile> open_segment_file(const std::string& path, const Clock& clock,
                                      UnusableSegment unusable) {
  const std::string context = "cannot open control segment " + path;
  const auto is_settled = [&](const Result<Found>& found) {
    return !found || found->segment ||
           (!found->problem.empty() && unusable == UnusableSegment::kRefuse);
  };
  const auto settle = [&](Result<Found>& found) -> Result<SegmentFile> {
    if (!found) {
      return fail_from(found.error(), context);
    }
    if (found->segment) {
      return std::move(*found->segment);
    }
    return fail(context + ": " + found->problem +
                ": restart ringsided, which replaces it, and then every lwsws");
  };
  Result<Found> found = find_file(path);
  if (is_settled(found)) {
    return settle(found);
  }
  if (const Status allowed = check_may_make(path); !allowed) {
    return fail_from(allowed.error(), context);
  }
  const Result<UniqueFd> directory = lock_directory_of(path);
  if (!directory) {
    return fail_from(directory.error(), context);
  }
  found = find_file(path);
  if (is_settled(found)) {
    return settle(found);
  }
  if (!found->problem.empty()) {
    log::warn("control segment {}: {}; a new one takes its place; restart every lwsws that used it",
              path, found->problem);
  }
  return make_named_file(path, clock, context);
}

bool is_replaced(const SegmentFile& file, const std::string& path) noexcept {
  struct stat own {};
  struct stat named {};
  return ::fstat(file.fd.get(), &own) == 0 && ::stat(path.c_str(), &named) == 0 &&
         (own.st_ino != named.st_ino || own.st_dev != named.st_dev);
}

}  // namespace ringside::control
