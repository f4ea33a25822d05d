// Worker and plugins start in any order, or at once, and all must find the same file: a process that
// finds none takes the directory's lock, looks again, and creates one (core/shm/shared_file.hpp).
//
// A segment that cannot be used, since it has another layout or is damaged, is replaced by the worker
// alone, at its start. Otherwise an upgrade, or one process that damages the file, would keep Ringside
// down until someone removes it. Its revocations are not lost, the worker has them in a file.
// Plugins of another version that still run keep the old file: the worker's log says so, and they
// report that they are not ready, because the worker's heartbeat is missing there.
#include "core/control/segment_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/shm/directory_lock.hpp"
#include "core/shm/shared_file.hpp"

namespace ringside::control {
namespace {

constexpr mode_t kMode = 0660;

// The file at that name: a segment, or the reason why it cannot be used; neither: there is no file.
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
    return fmt::format("layout version {}, this program supports {}", version,
                       kControlLayoutVersion);
  }
  return segment.file_bytes.load(std::memory_order_acquire) == sizeof(Segment) ? "" : "damaged";
}

[[nodiscard]] Result<Found> find_file(const std::string& path) {
  Result<std::optional<FoundFile>> found = find_shared_file(path);
  if (!found) {
    return tl::unexpected<Error>(found.error());
  }
  if (!found->has_value()) {
    return Found{};
  }
  if ((*found)->n_bytes != sizeof(Segment)) {
    return Found{std::nullopt, "not a control segment of this version"};
  }
  Result<Mapping> mapping = Mapping::make((*found)->fd.get(), sizeof(Segment), Access::kReadWrite);
  if (!mapping) {
    return tl::unexpected<Error>(mapping.error());
  }
  SegmentFile file{std::move((*found)->fd), std::move(*mapping)};
  if (std::string problem = problem_of(file.segment()); !problem.empty()) {
    return Found{std::nullopt, std::move(problem)};
  }
  return Found{std::move(file), {}};
}

// Before the directory is locked: a user who may not create files in it may not lock it either.
[[nodiscard]] Status check_may_make(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/') + 1);
  if (::access(directory.empty() ? "." : directory.c_str(), W_OK | X_OK) != 0 && errno == EACCES) {
    return fail("it does not exist, and this user may not make it: start ringsided");
  }
  return {};
}

// The caller has the directory's lock. What is at `path` loses its name.
[[nodiscard]] Result<SegmentFile> make_file(const std::string& path, const Clock& clock,
                                            const std::string& context) {
  Result<SharedFile> made = create_shared_file(path, sizeof(Segment), kMode);
  if (!made) {
    return fail_from(made.error(), context);
  }
  SegmentFile file{std::move(made->fd), std::move(made->mapping)};
  Segment& segment = file.segment();
  segment.layout_version.store(kControlLayoutVersion, std::memory_order_relaxed);
  segment.file_bytes.store(sizeof(Segment), std::memory_order_relaxed);
  segment.created_ns.store(static_cast<std::uint64_t>(to_ns(clock.wall_now())),
                           std::memory_order_relaxed);
  segment.hash_key[0].store(random_number(), std::memory_order_relaxed);
  segment.hash_key[1].store(random_number(), std::memory_order_relaxed);
  segment.magic.store(kMagic, std::memory_order_release);
  if (const Status published = publish_shared_file(path); !published) {
    return fail_from(published.error(), context);
  }
  return file;
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
  return make_file(path, clock, context);
}

bool is_replaced(const SegmentFile& file, const std::string& path) noexcept {
  struct stat own {};
  struct stat named {};
  return ::fstat(file.fd.get(), &own) == 0 && ::stat(path.c_str(), &named) == 0 &&
         (own.st_ino != named.st_ino || own.st_dev != named.st_dev);
}

}  // namespace ringside::control
