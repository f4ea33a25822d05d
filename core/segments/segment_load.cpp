// What a process finds that opens a directory of segments, and what the one before left for it to do: seal what was not
// sealed, and tell whether it stopped in good order.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "core/base/log.hpp"
#include "core/segments/segment_list.hpp"
#include "core/segments/segment_store.hpp"
#include "core/segments/write_fully.hpp"

namespace ringside {
namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr const char* kMark = "clean";
constexpr const char* kNewMark = "clean.new";

[[nodiscard]] std::string mark_text(Epoch epoch, Seq next) {
  return fmt::format("ringside segments 1\n{} {}\n", format_epoch(epoch), next.value);
}

}  // namespace

Result<std::unique_ptr<SegmentStore>> SegmentStore::open(const SegmentOptions& options,
                                                         const Clock& clock) {
  const std::string context = "cannot open the segments in " + options.dir;
  if (::mkdir(options.dir.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return fail_errno(context);
  }
  UniqueFd directory(::open(options.dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) {
    return fail_errno(context);
  }
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? fail(context + ": another process writes them")
                                : fail_errno(context);
  }
  std::unique_ptr<SegmentStore> store(new SegmentStore(options, clock, std::move(directory)));
  if (Status loaded = store->load(); !loaded) {
    return fail_from(loaded.error(), context);
  }
  return store;
}

Status SegmentStore::load() {
  const Result<std::vector<Seq>> names = list_segments(options_.dir);
  if (!names) {
    return tl::unexpected<Error>(names.error());
  }
  for (std::size_t i = 0; i < names->size(); ++i) {
    if (Status loaded = load_file((*names)[i], i + 1 == names->size()); !loaded) {
      return loaded;
    }
  }
  if (!files_.empty()) {
    next_ = written_ = synced_ = files_.back().summary.end;
  }
  wanted_ = lineage_;
  read_mark();
  return {};
}

// A segment that was not sealed is one that was written when its process ended, or just before.
Status SegmentStore::load_file(Seq first, bool is_last) {
  const std::string path = path_of(first);
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) {
    return fail_errno(path);
  }
  const Result<SegmentHead> head = read_segment_head(fd.get());
  if (!head || head->identity.first != first) {
    set_bad_file_aside(first, head ? Error{"its name and its header differ", 0} : head.error());
    return {};
  }
  SegmentTally tally(first);
  if (head->seal) {
    tally.summary = *head->seal;
  } else {
    tally = recover_segment(fd.get(), first);
    if (tally.summary.end == first && !is_last) {
      ::unlink(path.c_str());
      return {};
    }
    // The last one is continued, and not sealed for that: readers keep what a seal says.
    if (Status completed = is_last ? write_index(fd.get(), tally) : seal_segment(fd.get(), tally);
        !completed) {
      return fail_from(completed.error(), path);
    }
    if (::ftruncate(fd.get(), static_cast<off_t>(tally.summary.data_end)) != 0 ||
        ::fdatasync(fd.get()) != 0) {
      return fail_errno(path);
    }
  }
  if (!files_.empty() && files_.back().summary.end > first) {
    log::warn("segment {} begins before the one before it ends: that one counts up to there", path);
    files_.back().summary.end = first;
  }
  files_.push_back({first, tally.summary});
  lineage_ = head->identity.lineage;
  if (is_last && !head->seal) {  // continued, so that many restarts do not make many files
    tally.index.clear();
    tally_ = std::move(tally);
    fd_ = std::make_shared<const UniqueFd>(std::move(fd));
  }
  return {};
}

void SegmentStore::set_bad_file_aside(Seq first, const Error& why) const {
  const std::string path = path_of(first);
  log::warn("{}: {}; it is kept as {}.bad and not read", path, why.message, path);
  if (::rename(path.c_str(), (path + ".bad").c_str()) != 0) {
    log::warn("cannot rename {}: {}", path, std::strerror(errno));
  }
}

// --- the mark of a clean stop

void SegmentStore::read_mark() {
  const UniqueFd fd(::openat(directory_->get(), kMark, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  has_mark_ = fd.valid();
  char text[128];
  const ssize_t n = has_mark_ ? ::read(fd.get(), text, sizeof text) : 0;
  was_stopped_ =
      n > 0 && !files_.empty() &&
      std::string_view(text, static_cast<std::size_t>(n)) == mark_text(lineage_.current(), next_);
}

// On the disk before anything that it does not count: a machine that stops in between finds no mark.
Status SegmentStore::remove_mark() {
  if (!has_mark_) {
    return {};
  }
  if ((::unlinkat(directory_->get(), kMark, 0) != 0 && errno != ENOENT) ||
      ::fsync(directory_->get()) != 0) {
    return fail_errno("cannot remove the mark of the last stop in " + options_.dir);
  }
  has_mark_ = false;
  return {};
}

Status SegmentStore::write_mark() const {
  const std::string context = "cannot mark the clean stop in " + options_.dir;
  const UniqueFd fd(::openat(directory_->get(), kNewMark,
                             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd.valid()) {
    return fail_errno(context);
  }
  const std::string text = mark_text(lineage_.current(), written_);
  if (Status written = write_fully(fd.get(), std::as_bytes(std::span(text)), 0); !written) {
    return fail_from(written.error(), context);
  }
  if (::fsync(fd.get()) != 0 ||
      ::renameat(directory_->get(), kNewMark, directory_->get(), kMark) != 0 ||
      ::fsync(directory_->get()) != 0) {
    return fail_errno(context);
  }
  return {};
}

Result<std::string> SegmentStore::set_aside() {
  const std::string to = fmt::format("{}/epoch-{}-{}", options_.dir,
                                     format_epoch(lineage_.current()), to_ns(clock_.wall_now()));
  if (::mkdir(to.c_str(), kDirectoryMode) != 0) {
    return fail_errno("cannot make " + to);
  }
  fd_ = nullptr;
  ended_.clear();
  for (const File& file : files_) {
    if (::rename(path_of(file.first).c_str(), (to + '/' + segment_name(file.first)).c_str()) != 0) {
      return fail_errno("cannot move segments to " + to);
    }
  }
  files_.clear();
  lineage_ = wanted_ = Lineage();
  next_ = written_ = synced_ = Seq{1};
  was_stopped_ = false;
  return to;
}

}  // namespace ringside
