// Two locks. The ring file's own flock is held for the writer's whole life, and the kernel drops it
// when the writer dies, however it dies: a pid in the header could name another process by then.
// The directory's flock is held for the few milliseconds in which a ring is looked for, made or
// replaced, so that two starters cannot do so at once and the name of the half-made file can be
// fixed: what a killed starter left is found and removed by the next.
// A ring gets its name only when it is complete: core/shm/shared_file.hpp.
#include "core/ring/ring_file.hpp"

#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/ring/layout.hpp"
#include "core/shm/directory_lock.hpp"
#include "core/shm/shared_file.hpp"
#include "core/shm/wake.hpp"

namespace ringside {
namespace {

[[nodiscard]] Epoch make_epoch(Epoch other_than) {
  Epoch epoch;
  while (epoch.value == 0 || epoch == other_than) {
    epoch.value = static_cast<std::uint32_t>(random_number());
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

// A complete, locked ring that is not published yet.
[[nodiscard]] Result<RingFile> make_file(const RingOptions& options, const Geometry& geometry) {
  Result<SharedFile> made =
      create_shared_file(options.path, ring_file_bytes(geometry.capacity_bytes), options.mode);
  if (!made) {
    return tl::unexpected<Error>(made.error());
  }
  if (::flock(made->fd.get(), LOCK_EX | LOCK_NB) != 0) {
    auto failure = fail_errno("cannot lock the new file of " + options.path);
    discard_shared_file(options.path);
    return failure;
  }
  RingFile file;
  file.geometry = geometry;
  file.recovered = {{0, 0}, {1, 0}, 0};
  file.fd = std::move(made->fd);
  file.mapping = std::move(made->mapping);
  write_header(file.mapping.data(), geometry);
  return file;
}

// The file at the ring's name, opened and locked.
[[nodiscard]] Result<std::optional<FoundFile>> find_file(const std::string& path) {
  Result<std::optional<FoundFile>> found = find_shared_file(path);
  if (!found || !found->has_value()) {
    return found;
  }
  const int fd = (*found)->fd.get();
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::uint64_t pid = 0;
    if (::pread(fd, &pid, sizeof pid, offsetof(RingHeader, writer_pid)) != sizeof pid) {
      pid = 0;
    }
    return fail(fmt::format("{} is in use: another worker (pid {}) writes it", path, pid));
  }
  return found;
}

// Maps the found file and walks it. The error says why it cannot be taken over.
[[nodiscard]] Result<RingFile> take_over(FoundFile& found, const RingOptions& options) {
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
    return fail(fmt::format("its capacity is {} bytes, in the configuration it is {}",
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
void supersede(const FoundFile& old) {
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

[[nodiscard]] Epoch epoch_of(const FoundFile& found) noexcept {
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
  Result<std::optional<FoundFile>> found = find_file(options.path);
  if (!found) {
    return fail_from(found.error(), context);
  }

  Geometry geometry{options.capacity_bytes, {}, clock.wall_now()};
  if (found->has_value()) {
    Result<RingFile> taken = take_over(**found, options);
    if (taken) {
      return taken;
    }
    log::warn(
        "cannot continue ring {} ({}); creating a new one, and keeping "
        "it as {}.old while it is read",
        options.path, taken.error().message, options.path);
    geometry.epoch = epoch_of(**found);
  }
  geometry.epoch = make_epoch(geometry.epoch);

  Result<RingFile> fresh = make_file(options, geometry);
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
  if (auto published = publish_shared_file(options.path); !published) {
    return fail_from(published.error(), context);
  }
  if (found->has_value()) {
    supersede(**found);
  }
  return fresh;
}

}  // namespace ringside
