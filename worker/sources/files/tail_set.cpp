// A file is its inode, not its name: that alone makes a rename no event at all, and a glob that
// finds both app.log and app.log.1 read every line once.
#include "worker/sources/files/tail_set.hpp"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/base/text.hpp"
#include "worker/sources/files/tail_names.hpp"
#include "worker/sources/files/trusted_path.hpp"

namespace ringside {
namespace {

constexpr std::size_t kReadAtOnceBytes = 64u << 10u;
constexpr std::size_t kMaxReported = 1000;

struct DirClose {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

}  // namespace

TailSet::TailSet(TailOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  set_globs(options_.globs);
}

void TailSet::set_globs(std::vector<std::string> globs) {
  std::vector<Glob> next;
  for (auto& pattern : globs) {
    const auto known = std::ranges::find(globs_, pattern, &Glob::pattern);
    const bool is_path = pattern.find_first_of("*?[") == std::string::npos;
    const std::size_t n_literal = literal_bytes(pattern);
    next.push_back(
        {std::move(pattern), n_literal, is_path, known != globs_.end() && known->scanned});
  }
  globs_ = std::move(next);
}

bool TailSet::is_excluded(const std::string& path) const {
  return is_no_log(path) ||
         std::ranges::any_of(options_.excluded_dirs, [&](const std::string& dir) {
           return path.starts_with(dir) &&
                  (dir.ends_with('/') || path.substr(dir.size()).starts_with('/'));
         });
}

void TailSet::report_once(const std::string& path, const std::string& problem) {
  ++counts_.n_errors;
  if (reported_.size() < kMaxReported && std::exchange(reported_[path], problem) != problem) {
    problems_.push_back(problem);
  }
}

void TailSet::scan() {
  for (auto& [id, followed] : files_) {
    followed.has_name = false;
  }
  counts_.n_left_out = 0;
  former_left_out_ = std::exchange(left_out_, {});
  find_protected_files();
  for (auto& glob : globs_) {
    for (const auto& path : paths_of(glob.pattern)) {
      if (glob.is_path || !is_excluded(path)) {
        consider(path, glob);
      }
    }
    glob.scanned = true;
  }
  for (auto& left : std::exchange(left_, {})) {
    if (left_out_.contains(left.id)) {
      left_.push_back(std::move(left));
    } else {
      read_rest_of(left);
    }
  }
  for (auto& [id, followed] : files_) {
    if (followed.has_name) {
      followed.nameless_since = MonoTime::max();
    } else if (followed.nameless_since == MonoTime::max()) {
      followed.nameless_since = clock_.mono_now();
      ++counts_.n_rotations;
    }
  }
}

// The key files and everything else in the protected directories, by inode: under whatever name.
void TailSet::find_protected_files() {
  protected_.clear();
  for (const std::string& name : options_.protected_dirs) {
    const std::unique_ptr<DIR, DirClose> dir(::opendir(name.c_str()));
    while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
      struct stat st {};
      if (::fstatat(::dirfd(dir.get()), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode) &&
          !std::string_view(entry->d_name).ends_with(".log")) {
        protected_.push_back({st.st_dev, st.st_ino});
      }
    }
  }
}

bool TailSet::is_protected(const FileId& id) const {
  const auto has = [&](const std::vector<FileId>& ids) {
    return std::ranges::find(ids, id) != ids.end();
  };
  return has(options_.excluded_files) || has(protected_);
}

bool TailSet::is_first_sight(const FileId& id, const Glob& glob) const {
  return !glob.scanned || former_left_out_.contains(id);
}

// Remembered when it would not be new later, or was followed by an earlier worker.
void TailSet::leave_out(const FileId& id, const Glob& glob) {
  if (is_first_sight(id, glob) || std::ranges::find(left_, id, &TailPosition::id) != left_.end()) {
    left_out_.insert(id);
  }
}

void TailSet::consider(const std::string& path, const Glob& glob) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) {
    return;  // gone since glob saw it, or a directory, a pipe, a dangling link
  }
  if (const auto known = files_.find(FileId{st.st_dev, st.st_ino}); known != files_.end()) {
    known->second.has_name = true;
    known->second.file.set_path(path);
    return;
  }
  if (is_protected(FileId{st.st_dev, st.st_ino})) {
    return;
  }
  if (files_.size() >= options_.max_files) {
    ++counts_.n_left_out;
    leave_out(FileId{st.st_dev, st.st_ino}, glob);
    report_once("", fmt::format("more than {} files to follow: the others are left out",
                                options_.max_files));
    return;
  }
  auto file = TailFile::open(path, options_.max_line_bytes, clock_.mono_now(), glob.literal_bytes);
  if (!file) {
    leave_out(FileId{st.st_dev, st.st_ino}, glob);
    report_once(path, file.error().message);
    return;
  }
  if (is_protected(file->id()) || files_.contains(file->id())) {
    return;  // another file than a moment ago
  }
  reported_.erase(path);
  const bool first_sight = is_first_sight(file->id(), glob);
  follow(std::move(*file), first_sight);
}

void TailSet::follow(TailFile file, bool first_sight) {
  const FileId id = file.id();
  const auto same =
      std::ranges::find_if(left_, [&](const TailPosition& left) { return file.resume(left); });
  Followed followed{std::move(file), LineJoiner(options_.joins_continuations), true,
                    MonoTime::max()};
  if (same != left_.end()) {
    left_.erase(same);
    files_.emplace(id, std::move(followed));
    return;
  }
  const auto before = std::ranges::find_if(left_, [&](const TailPosition& left) {
    return left.id == id && is_named_as_copy(left.path, followed.file.path());
  });
  if (before != left_.end()) {  // it was truncated
    followed.file.remember(*before);
  }
  if (resume_as_copy(followed)) {
    // it continues where the original was left
  } else if (first_sight && std::ranges::none_of(left_, [&](const TailPosition& left) {
               // Truncated, or another file of the name: it is new since the last worker.
               return left.path == followed.file.path() || left.id == id;
             })) {
    followed.file.begin_at_end();
  } else {
    followed.file.begin_at_start();
    begin_as_copy(followed);
  }
  files_.emplace(id, std::move(followed));
}

std::optional<TailFile> TailSet::open_left(const TailPosition& left) const {
  const std::string directory = directory_of(left.path);
  const std::unique_ptr<DIR, DirClose> dir(::opendir(directory.c_str()));
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    if (entry->d_ino == left.id.inode) {
      auto file = TailFile::open(directory + "/" + entry->d_name, options_.max_line_bytes,
                                 clock_.mono_now());
      if (file && file->id() == left.id) {
        return std::move(*file);
      }
    }
  }
  return std::nullopt;
}

// A file that was rotated while no worker ran: its last lines are under another name.
void TailSet::read_rest_of(const TailPosition& left) {
  if (files_.contains(left.id) || files_.size() >= options_.max_files) {
    return;
  }
  auto file = open_left(left);
  if (file && file->resume(left)) {
    files_.emplace(left.id, Followed{std::move(*file), LineJoiner(options_.joins_continuations),
                                     false, MonoTime::max()});
  }
}

// Files on their way out come first, so that a rotated file's last lines are before those of its
// successor; among the others each has its turn.
std::vector<TailSet::Followed*> TailSet::reading_order() {
  std::vector<Followed*> order;
  for (auto& [id, followed] : files_) {
    if (!followed.has_name) {
      order.push_back(&followed);
    }
  }
  auto at = files_.lower_bound(next_);
  for (std::size_t i = 0; i < files_.size(); ++i, ++at) {
    at = at == files_.end() ? files_.begin() : at;
    if (at->second.has_name) {
      order.push_back(&at->second);
    }
  }
  return order;
}

JoinedSink TailSet::counting(const Followed& followed, const TailSink& sink) {
  return [this, &followed, &sink](const JoinedLine& line) {
    counts_.n_lines += line.n_lines;
    counts_.n_cut += line.n_cut != 0 ? 1 : 0;
    sink({followed.file.path(), line});
  };
}

bool TailSet::read_new(std::size_t max_bytes, const TailSink& sink) {
  bool more = false;
  std::size_t budget = max_bytes;
  for (Followed* const followed : reading_order()) {
    if (budget == 0) {
      next_ = followed->file.id();
      return true;
    }
    if (!followed->copy_of && followed->file.has_first_bytes()) {
      begin_as_copy(*followed);  // its maker had only opened it when it was found
    }
    if (!followed->copy_of) {
      read_file(*followed, budget, more, sink);
    }
  }
  for (auto& [id, followed] : files_) {  // after the originals: what they hold is known now
    if (followed.copy_of && budget != 0 && !waits_as_copy(followed)) {
      read_file(followed, budget, more, sink);
    }
  }
  flush_joined(sink);
  close_idle_files(sink);
  return more;
}

void TailSet::read_file(Followed& followed, std::size_t& budget, bool& more, const TailSink& sink) {
  TailFile& file = followed.file;
  const std::uint64_t n_before = file.n_read();
  const std::uint64_t n_truncations = file.n_truncations();
  const JoinedSink joined = counting(followed, sink);
  const LineSink to_joiner = [&](const CutLine& line) { followed.joiner.feed(line, joined); };
  if (file.left_over() &&
      (file.was_written_anew() || clock_.mono_now() - file.left_over()->since >= options_.quiet)) {
    settle_left_over(followed, to_joiner);
  }
  const auto outcome =
      file.read_new(std::min(budget, kReadAtOnceBytes), clock_.mono_now(), to_joiner);
  file.flush_when_quiet(clock_.mono_now(), options_.quiet, to_joiner);
  counts_.n_truncations += file.n_truncations() - n_truncations;
  budget -= std::min<std::size_t>(budget, file.n_read() - n_before);
  more = more || outcome == TailFile::Outcome::kMore;
  if (outcome == TailFile::Outcome::kFailed) {
    report_once(file.path(), "cannot read " + file.path());
  } else if (outcome == TailFile::Outcome::kNotText) {
    report_once(file.path(), file.path() +
                                 " is not followed: it is UTF-16. Have its program write UTF-8, or "
                                 "convert it with iconv -f UTF-16");
  }
}

bool TailSet::has_pending() const {
  return std::ranges::any_of(
      files_, [](const auto& entry) { return entry.second.joiner.pending_offset().has_value(); });
}

void TailSet::flush_joined(const TailSink& sink) {
  const MonoTime now = clock_.mono_now();
  for (Followed* const followed : reading_order()) {
    if (now - followed->file.last_growth() >= options_.join_wait) {
      followed->joiner.flush(counting(*followed, sink));
    }
  }
}

void TailSet::finish(const TailSink& sink) {
  for (Followed* const followed : reading_order()) {
    const JoinedSink joined = counting(*followed, sink);
    settle_left_over(*followed, [&](const CutLine& line) { followed->joiner.feed(line, joined); });
    followed->joiner.flush(joined);
  }
}

void TailSet::close_idle_files(const TailSink& sink) {
  const MonoTime now = clock_.mono_now();
  for (auto at = files_.begin(); at != files_.end();) {
    Followed& followed = at->second;
    const bool is_leaving = !followed.has_name && followed.nameless_since != MonoTime::max() &&
                            now - followed.nameless_since >= options_.grace_period &&
                            now - followed.file.last_growth() >= options_.grace_period;
    if (!is_leaving) {
      ++at;
      continue;
    }
    const JoinedSink joined = counting(followed, sink);
    const LineSink to_joiner = [&](const CutLine& line) { followed.joiner.feed(line, joined); };
    followed.file.flush_when_quiet(now, std::chrono::nanoseconds(0), to_joiner);
    settle_left_over(followed, to_joiner);
    followed.joiner.flush(joined);
    at = files_.erase(at);
  }
}

std::set<std::string> TailSet::directories() const {
  std::set<std::string> directories;
  for (const auto& glob : globs_) {
    const std::string directory = directory_of(glob.pattern);
    if (directory.find_first_of("*?[") == std::string::npos) {
      directories.insert(directory);
    }
  }
  for (const auto& [id, followed] : files_) {
    directories.insert(directory_of(followed.file.path()));
  }
  return directories;
}

TailSet::Counts TailSet::counts() const {
  Counts counts = counts_;
  counts.n_files = files_.size();
  return counts;
}

}  // namespace ringside
