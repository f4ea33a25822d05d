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
#include <string>
#include <string_view>

#include "core/base/check.hpp"
#include "core/base/log.hpp"
#include "core/ring/layout.hpp"
#include "core/ring/record_format.hpp"
#include "core/shm/directory_lock.hpp"
#include "core/shm/shared_file.hpp"
#include "core/shm/wake.hpp"

namespace ringside {
namespace {

void write_header(std::byte* file, const Geometry& geometry, Seq first) noexcept {
  RingHeader& header = ring_header(file);
  header.layout_version.store(kRingLayoutVersion, std::memory_order_relaxed);
  header.file_bytes.store(ring_file_bytes(geometry.capacity_bytes), std::memory_order_relaxed);
  header.data_offset.store(kDataOffset, std::memory_order_relaxed);
  header.capacity_bytes.store(geometry.capacity_bytes, std::memory_order_relaxed);
  header.index_entries.store(kIndexEntries, std::memory_order_relaxed);
  header.epoch.store(geometry.epoch().value, std::memory_order_relaxed);
  const auto past = geometry.lineage.past();
  header.lineage_count.store(past.size(), std::memory_order_relaxed);
  for (std::size_t i = 0; i < past.size(); ++i) {
    header.lineage[i].epoch.store(past[i].epoch.value, std::memory_order_relaxed);
    header.lineage[i].valid_through.store(past[i].valid_through.value, std::memory_order_relaxed);
  }
  header.created_ns.store(static_cast<std::uint64_t>(to_ns(geometry.created)),
                          std::memory_order_relaxed);
  reset_mark(header.head, {first.value - 1, 0});
  reset_mark(header.tail, {first.value, 0});
  header.magic.store(kRingMagic, std::memory_order_release);  // read by Geometry, whose acquire
                                                              // needs no pair: rename comes between
}

// A complete, locked ring that is not published yet.
[[nodiscard]] Result<RingFile> make_file(const RingOptions& options, const Geometry& geometry,
                                         Seq first) {
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
  file.fd = std::move(made->fd);
  file.mapping = std::move(made->mapping);
  write_header(file.mapping.data(), geometry, first);
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

// Maps the found file and walks it. The error says why its history cannot be continued. A file of another capacity or an
// older layout is good: it is copied.
[[nodiscard]] Result<RingFile> take_over(FoundFile& found, const RingOptions& options) {
  RingFile file;
  Result<Mapping> mapping = Mapping::make(found.fd.get(), found.n_bytes, Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  const Result<Geometry> geometry =
      read_geometry(mapping->data(), mapping->size(), RingLayouts::kAlsoOlder);
  if (!geometry) {
    return tl::unexpected<Error>(geometry.error());
  }
  const RingHeader& header = ring_header(mapping->data());
  if (header.superseded.load(std::memory_order_acquire) != 0) {  // SYNC(superseded): load
    return fail("it is marked as superseded");
  }
  if (options.replaces) {
    return fail("it is to be replaced");
  }
  if (options.only_this_epoch && geometry->epoch() != options.lineage.current()) {
    return fail(fmt::format("its epoch is {}, and {} is wanted", format_epoch(geometry->epoch()),
                            format_epoch(options.lineage.current())));
  }
  Result<Recovered> recovered = recover_ring(mapping->data(), geometry->capacity_bytes);
  if (!recovered) {
    return tl::unexpected<Error>(recovered.error());
  }
  file.geometry = *geometry;
  file.last_received_ns = recovered->last_received_ns;
  const bool continues_in_place = geometry->capacity_bytes == options.capacity_bytes &&
                                  header.layout_version.load() == kRingLayoutVersion;
  file.origin = continues_in_place ? RingOrigin::kTakenOver : RingOrigin::kCarriedOver;
  file.mapping = std::move(*mapping);
  return file;
}

// Calls visit(record) for each record of a ring that was recovered.
template <class Visit>
void for_each_record(const RingFile& ring, Visit visit) {
  const RingHeader& header = ring_header(ring.mapping.data());
  const MarkValue tail = load_mark(header.tail).value_or(MarkValue{});
  const std::uint64_t last =
      header.head.seq.load(std::memory_order_acquire);  // SYNC(publish): load
  const DataArea data(ring.mapping.data() + kDataOffset, ring.geometry.capacity_bytes);
  std::uint64_t position = tail.position;
  for (std::uint64_t seq = tail.seq; seq <= last; ++seq) {
    const std::optional<DataArea::Located> record = data.locate(position, seq);
    RS_CHECK(record);  // recovery has walked the same way
    visit(data, *record);
    position = record->end();
  }
}

// The first record of the old ring that the new one can begin with: all after it fit, one by one.
[[nodiscard]] Seq first_that_fits(const RingFile& old, std::uint64_t capacity) {
  Seq first{load_mark(ring_header(old.mapping.data()).tail).value_or(MarkValue{1, 0}).seq};
  for_each_record(old, [&](const DataArea& /*data*/, const DataArea::Located& record) {
    if (record.header.total_bytes > max_total_bytes(capacity)) {
      first = Seq{record.header.seq}.next();
    }
  });
  return first;
}

void copy_records(const RingFile& old, Seq first, RingAppender& into) {
  std::string payload;
  for_each_record(old, [&](const DataArea& data, const DataArea::Located& record) {
    if (record.header.seq < first.value) {
      return;
    }
    payload.resize(record.header.total_bytes - kRecordHeaderBytes);
    data.copy_payload(record, reinterpret_cast<std::byte*>(payload.data()));
    const std::string_view text(payload);
    into.append(record.header.type_code, text.substr(0, record.header.name_bytes),
                text.substr(record.header.name_bytes, record.header.text_bytes), {},
                wall_from_ns(record.header.received_ns));
  });
}

// A new ring, complete and locked, which is not published yet: with the history of `old`, or with the one of the options.
[[nodiscard]] Result<RingFile> make_ring(const RingOptions& options, const RingFile* old,
                                         Epoch other_than, const Clock& clock) {
  Geometry geometry{options.capacity_bytes, options.lineage, clock.wall_now()};
  Seq first = options.first;
  if (old != nullptr) {
    geometry.lineage = old->geometry.lineage;
    first = first_that_fits(*old, options.capacity_bytes);
  } else if (geometry.epoch().value == 0) {
    geometry.lineage = Lineage(new_epoch(Lineage(other_than)));
  }
  Result<RingFile> fresh = make_file(options, geometry, first);
  if (!fresh) {
    return fresh;
  }
  RingAppender appender(fresh->mapping.data(), geometry.capacity_bytes, 0);
  if (old != nullptr) {
    copy_records(*old, first, appender);
    fresh->origin = RingOrigin::kCarriedOver;
  } else if (options.fill) {
    if (Status filled = options.fill(appender); !filled) {
      discard_shared_file(options.path);
      return tl::unexpected<Error>(filled.error());
    }
  }
  fresh->last_received_ns = appender.last_received_ns();
  return fresh;
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

  Epoch old_epoch;
  std::optional<RingFile> old;
  if (found->has_value()) {
    old_epoch = epoch_of(**found);
    Result<RingFile> taken = take_over(**found, options);
    if (taken && taken->origin == RingOrigin::kTakenOver) {
      taken->fd = std::move((*found)->fd);
      return taken;
    }
    if (taken) {
      old = std::move(*taken);
      log::info("the history of ring {} continues in a new file of {} bytes", options.path,
                options.capacity_bytes);
    } else if (!options.replaces) {
      log::warn(
          "cannot continue ring {} ({}); creating a new one, and keeping "
          "it as {}.old while it is read",
          options.path, taken.error().message, options.path);
    }
  }

  Result<RingFile> fresh = make_ring(options, old ? &*old : nullptr, old_epoch, clock);
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
