// Two locks. The ring file's own flock is held for the writer's whole life, and the kernel drops it
// when the writer dies, however it dies: a pid in the header could name another process by then.
// The directory's flock is held for the few milliseconds in which a ring is looked for, made or
// replaced, so that two starters cannot do so at once and the name of the half-made file can be
// fixed: what a killed starter left is found and removed by the next.
//
// A ring gets its name only when it is complete (rename), so a reader never sees half of one. Its
// blocks are allocated before that: a full tmpfs is an error message here, where otherwise it would
// be SIGBUS at the first write to a page that cannot be had.
#include "core/ring/ring_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <optional>

#include "core/base/log.hpp"
#include "core/ring/layout.hpp"
#include "core/shm/directory_lock.hpp"
#include "core/shm/wake.hpp"

namespace ringside {
namespace {

[[nodiscard]] Epoch make_epoch(Epoch other_than) {
  Epoch epoch;
  while (epoch.value == 0 || epoch == other_than) {
    if (::getrandom(&epoch.value, sizeof epoch.value, 0) != sizeof epoch.value) {
      epoch.value =
          static_cast<std::uint32_t>(system_clock().wall_now().time_since_epoch().count());
    }
  }
  return epoch;
}

void write_header(std::byte* file, const Geometry& geometry) noexcept {
  RingHeader& header = ring_header(file);
  header.layout_version.store(kRingLayoutVersion, std::memory_order_relaxed);
  header.file_bytes.store(ring_file_bytes(geometry.capacity_bytes), std::memory_order_relaxed);
  header.data_offset.store(kDataOffset, std::memory_order_relaxed);
  header.capacity_bytes.store(geometry.capacity_bytes, std::memory_order_relaxed);
  header.index_entries.store(kIndexEntries, std::memory_order_relaxed);
  header.epoch.store(geometry.epoch.value, std::memory_order_relaxed);
  header.created_ns.store(static_cast<std::uint64_t>(to_ns(geometry.created)),
                          std::memory_order_relaxed);
  reset_mark(header.head, {0, 0});
  reset_mark(header.tail, {1, 0});
  header.magic.store(kRingMagic, std::memory_order_release);  // read by Geometry, whose acquire
                                                              // needs no pair: rename comes between
}

// A complete, locked ring under the name `path`, which must be free.
[[nodiscard]] Result<RingFile> make_file(const std::string& path, const RingOptions& options,
                                         const Geometry& geometry) {
  RingFile file;
  file.geometry = geometry;
  file.recovered = {{0, 0}, {1, 0}, 0};
  file.fd =
      UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.fd.valid()) {
    return fail_errno("cannot create " + path);
  }
  const std::uint64_t n_bytes = ring_file_bytes(geometry.capacity_bytes);
  if (::flock(file.fd.get(), LOCK_EX | LOCK_NB) != 0 ||
      ::fchmod(file.fd.get(), options.mode) != 0) {
    return fail_errno("cannot prepare " + path);
  }
  if (const int error = ::posix_fallocate(file.fd.get(), 0, static_cast<off_t>(n_bytes));
      error != 0) {
    errno = error;
    auto failure = fail_errno(fmt::format("cannot allocate {} bytes for {}", n_bytes, path));
    ::unlink(path.c_str());
    return failure;
  }
  Result<Mapping> mapping = Mapping::make(file.fd.get(), n_bytes, Access::kReadWrite);
  if (!mapping) {
    ::unlink(path.c_str());
    return fail_from(mapping.error(), "cannot map " + path);
  }
  file.mapping = std::move(*mapping);
  write_header(file.mapping.data(), geometry);
  return file;
}

// The file that stands at the ring's name, opened and locked.
struct Found {
  UniqueFd fd;
  std::size_t n_bytes = 0;
};

[[nodiscard]] Result<std::optional<Found>> find_file(const std::string& path) {
  Found found;
  found.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!found.fd.valid()) {
    if (errno == ENOENT) {
      return std::optional<Found>();
    }
    return fail_errno("cannot open " + path);
  }
  struct stat status {};
  if (::fstat(found.fd.get(), &status) != 0) {
    return fail_errno("cannot examine " + path);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(path + " is not a regular file: remove it or choose another path for the ring");
  }
  if (::flock(found.fd.get(), LOCK_EX | LOCK_NB) != 0) {
    std::uint64_t pid = 0;
    if (::pread(found.fd.get(), &pid, sizeof pid, offsetof(RingHeader, writer_pid)) != sizeof pid) {
      pid = 0;
    }
    return fail(fmt::format("{} is in use: another worker (pid {}) writes it", path, pid));
  }
  found.n_bytes = static_cast<std::size_t>(status.st_size);
  return std::optional<Found>(std::move(found));
}

// Maps the found file and walks it. The error says why it cannot be taken over.
[[nodiscard]] Result<RingFile> take_over(Found& found, const RingOptions& options) {
  RingFile file;
  Result<Mapping> mapping = Mapping::make(found.fd.get(), found.n_bytes, Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  const Result<Geometry> geometry = read_geometry(mapping->data(), mapping->size());
  if (!geometry) {
    return tl::unexpected<Error>(geometry.error());
  }
  if (geometry->capacity_bytes != options.capacity_bytes) {
    return fail(fmt::format("its capacity is {} bytes, the configuration says {}",
                            geometry->capacity_bytes, options.capacity_bytes));
  }
  if (ring_header(mapping->data()).superseded.load(std::memory_order_acquire) !=
      0) {  // SYNC(superseded): load
    return fail("it is marked as superseded");
  }
  Result<Recovered> recovered = recover_ring(mapping->data(), geometry->capacity_bytes);
  if (!recovered) {
    return tl::unexpected<Error>(recovered.error());
  }
  file.geometry = *geometry;
  file.recovered = *recovered;
  file.mapping = std::move(*mapping);
  file.fd = std::move(found.fd);
  file.taken_over = true;
  return file;
}

// Tells the readers of a file that has lost its name to attach again.
void supersede(const Found& old) {
  if (old.n_bytes < kRingHeaderBytes) {
    return;
  }
  const Result<Mapping> mapping = Mapping::make(old.fd.get(), kRingHeaderBytes, Access::kReadWrite);
  if (!mapping ||
      ring_header(mapping->data()).magic.load(std::memory_order_acquire) != kRingMagic) {
    return;  // never was a ring: whatever it is, it stays as it is
  }
  RingHeader& header = ring_header(mapping->data());
  header.superseded.store(1, std::memory_order_release);  // SYNC(superseded): store
  wake_all(header.wake);
}

[[nodiscard]] Epoch epoch_of(const Found& found) noexcept {
  std::uint64_t epoch = 0;
  if (::pread(found.fd.get(), &epoch, sizeof epoch, offsetof(RingHeader, epoch)) != sizeof epoch) {
    return {};
  }
  return Epoch{static_cast<std::uint32_t>(epoch)};
}

}  // namespace

Result<RingFile> open_ring_file(const RingOptions& options, const Clock& clock) {
  const std::string context = "cannot open ring " + options.path;
  if (!is_valid_capacity(options.capacity_bytes)) {
    return fail(fmt::format("{}: a capacity of {} bytes is not a power of two from {} to {}",
                            context, options.capacity_bytes, kMinCapacityBytes, kMaxCapacityBytes));
  }
  const Result<UniqueFd> directory = lock_directory_of(options.path);
  if (!directory) {
    return fail_from(directory.error(), context);
  }
  Result<std::optional<Found>> found = find_file(options.path);
  if (!found) {
    return fail_from(found.error(), context);
  }

  Geometry geometry{options.capacity_bytes, {}, clock.wall_now()};
  if (found->has_value()) {
    Result<RingFile> taken = take_over(**found, options);
    if (taken) {
      return taken;
    }
    log::warn("ring {} cannot be taken over ({}); it is kept as {}.old and a new one is made",
              options.path, taken.error().message, options.path);
    geometry.epoch = epoch_of(**found);
  }
  geometry.epoch = make_epoch(geometry.epoch);

  const std::string fresh_path = options.path + ".new";
  ::unlink(fresh_path.c_str());  // of a starter that was killed: we hold the directory's lock, so
                                 // nobody else is at it
  Result<RingFile> fresh = make_file(fresh_path, options, geometry);
  if (!fresh) {
    return fail_from(fresh.error(), context);
  }
  if (found->has_value()) {
    const std::string old_path = options.path + ".old";
    ::unlink(old_path.c_str());
    if (::link(options.path.c_str(), old_path.c_str()) !=
        0) {  // a second name first: `path` is never without a file
      log::warn("cannot keep the former ring as {}: {}", old_path, std::strerror(errno));
    }
  }
  if (::rename(fresh_path.c_str(), options.path.c_str()) != 0) {
    auto failure = fail_errno(context + ": cannot rename " + fresh_path);
    ::unlink(fresh_path.c_str());
    return failure;
  }
  if (found->has_value()) {
    supersede(**found);
  }
  return fresh;
}

}  // namespace ringside
