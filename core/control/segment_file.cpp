// Worker and plugins start in any order, or at once, and each must find the same file: whoever
// finds none takes the directory's lock, looks again, and makes one under another name; it gets its
// own by rename when it is complete. All blocks are allocated at once, since a full tmpfs must be
// an error here and not SIGBUS when the first counter is written.
//
// A segment with another layout is never replaced: other processes of that other version may be
// counting in it right now.
#include "core/control/segment_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "core/control/identity_hash.hpp"
#include "core/shm/directory_lock.hpp"

namespace ringside::control {
namespace {

constexpr mode_t kMode = 0660;

[[nodiscard]] Status check_header(const Segment& segment) {
  if (segment.magic.load(std::memory_order_acquire) != kMagic) {
    return fail("not a control segment: stop all Ringside processes and remove it");
  }
  const std::uint64_t version = segment.layout_version.load(std::memory_order_acquire);
  if (version != kControlLayoutVersion) {
    return fail(fmt::format(
        "layout version {}, this program knows {}: stop all Ringside processes and remove it",
        version, kControlLayoutVersion));
  }
  if (segment.file_bytes.load(std::memory_order_acquire) != sizeof(Segment)) {
    return fail("damaged: stop all Ringside processes and remove it");
  }
  return {};
}

// Nothing where there is no such file.
[[nodiscard]] Result<std::optional<SegmentFile>> find_file(const std::string& path) {
  SegmentFile file;
  file.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.fd.valid()) {
    if (errno == ENOENT) {
      return std::optional<SegmentFile>();
    }
    return fail_errno("open");
  }
  struct stat status {};
  if (::fstat(file.fd.get(), &status) != 0) {
    return fail_errno("fstat");
  }
  if (!S_ISREG(status.st_mode) || status.st_size != static_cast<off_t>(sizeof(Segment))) {
    return fail("not a control segment of this version: stop all Ringside processes and remove it");
  }
  Result<Mapping> mapping = Mapping::make(file.fd.get(), sizeof(Segment), Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  file.mapping = std::move(*mapping);
  if (const Status status_of_header = check_header(file.segment()); !status_of_header) {
    return tl::unexpected<Error>(status_of_header.error());
  }
  return std::optional<SegmentFile>(std::move(file));
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

}  // namespace

Result<SegmentFile> open_segment_file(const std::string& path, const Clock& clock) {
  const std::string context = "cannot open control segment " + path;
  Result<std::optional<SegmentFile>> found = find_file(path);
  if (!found) {
    return fail_from(found.error(), context);
  }
  if (found->has_value()) {
    return std::move(**found);
  }

  const Result<UniqueFd> directory = lock_directory_of(path);
  if (!directory) {
    return fail_from(directory.error(), context);
  }
  found = find_file(path);
  if (!found) {
    return fail_from(found.error(), context);
  }
  if (found->has_value()) {
    return std::move(**found);
  }
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

}  // namespace ringside::control
