// A file is its inode, not its name: that alone makes a rename no event at all, and a glob that
// finds both app.log and app.log.1 read every line once.
#include "worker/sources/files/tail_set.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kReadAtOnceBytes = 64u << 10u;
constexpr std::size_t kMaxTold = 1000;
constexpr std::int64_t kStateVersion = 1;

// Compressed archives and the binary records of logins, which a glob like /var/log/* finds too.
bool is_no_log(std::string_view path) {
  constexpr std::array<std::string_view, 7> kEndings{".gz",  ".xz",      ".zst",     ".bz2",
                                                     ".zip", ".journal", ".journal~"};
  constexpr std::array<std::string_view, 5> kNames{"wtmp", "btmp", "lastlog", "faillog",
                                                   "tallylog"};
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); }) ||
         std::ranges::any_of(kNames,
                             [&](auto known) { return name.substr(0, name.find('.')) == known; });
}

std::vector<std::string> paths_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  std::ranges::sort(paths);
  return paths;
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) {
    return ".";
  }
  return slash == 0 ? "/" : path.substr(0, slash);
}

struct DirClose {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

// 64-bit numbers as text: jansson's integers are signed.
Json json_of(const TailPosition& position) {
  Json one = Json::object();
  one.set("path", position.path)
      .set("device", fmt::format("{}", position.id.device))
      .set("inode", fmt::format("{}", position.id.inode))
      .set("offset", fmt::format("{}", position.offset))
      .set("first_bytes", fmt::format("{}", position.fingerprint.n_bytes))
      .set("first_hash", fmt::format("{}", position.fingerprint.hash));
  return one;
}

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
    next.push_back({std::move(pattern), is_path, known != globs_.end() && known->scanned});
  }
  globs_ = std::move(next);
}

bool TailSet::load_state(std::string_view text) {
  const auto parsed = Json::parse(text);
  if (!parsed || (*parsed)["version"].as_integer() != kStateVersion ||
      !(*parsed)["files"].is_array()) {
    return false;
  }
  (*parsed)["files"].for_each_element([&](JsonRef one) {
    const auto number = [&](std::string_view member, std::uint64_t& out) {
      return parse_u64(one[member].as_string().value_or(""), out);
    };
    TailPosition left;
    left.path = one["path"].as_string().value_or("");
    if (number("device", left.id.device) && number("inode", left.id.inode) &&
        number("offset", left.offset) && number("first_bytes", left.fingerprint.n_bytes) &&
        number("first_hash", left.fingerprint.hash)) {
      left_.push_back(std::move(left));
    }
    return left_.size() < options_.max_files;
  });
  return true;
}

std::string TailSet::state() const {
  Json files = Json::array();
  for (const auto& [id, followed] : files_) {
    files.append(json_of(followed.file.position()));
  }
  for (const auto& left : left_) {
    files.append(json_of(left));
  }
  return std::move(Json::object().set("version", kStateVersion).set("files", files)).dump();
}

bool TailSet::is_excluded(const std::string& path) const {
  return is_no_log(path) ||
         std::ranges::any_of(options_.excluded_dirs, [&](const std::string& dir) {
           return path.starts_with(dir) &&
                  (dir.ends_with('/') || path.substr(dir.size()).starts_with('/'));
         });
}

void TailSet::tell(const std::string& path, const std::string& problem) {
  ++counts_.n_errors;
  if (told_.size() < kMaxTold && std::exchange(told_[path], problem) != problem) {
    problems_.push_back(problem);
  }
}

void TailSet::scan() {
  for (auto& [id, followed] : files_) {
    followed.has_name = false;
  }
  counts_.n_left_out = 0;
  for (auto& glob : globs_) {
    for (const auto& path : paths_of(glob.pattern)) {
      if (glob.is_path || !is_excluded(path)) {
        look_at(path, !glob.scanned);
      }
    }
    glob.scanned = true;
  }
  for (const auto& left : std::exchange(left_, {})) {
    read_rest_of(left);
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

void TailSet::look_at(const std::string& path, bool first_sight) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) {
    return;  // gone since glob saw it, or a directory, a pipe, a dangling link
  }
  if (const auto known = files_.find(FileId{st.st_dev, st.st_ino}); known != files_.end()) {
    known->second.has_name = true;
    known->second.file.set_path(path);
    return;
  }
  if (std::ranges::find(options_.excluded_files, FileId{st.st_dev, st.st_ino}) !=
      options_.excluded_files.end()) {
    return;
  }
  if (files_.size() >= options_.max_files) {
    ++counts_.n_left_out;
    tell("",
         fmt::format("more than {} files to follow: the others are left out", options_.max_files));
    return;
  }
  auto file = TailFile::open(path, options_.max_line_bytes, clock_.mono_now());
  if (!file) {
    tell(path, file.error().message);
    return;
  }
  told_.erase(path);
  follow(std::move(*file), first_sight);
}

void TailSet::follow(TailFile file, bool first_sight) {
  const FileId id = file.id();
  const auto same =
      std::ranges::find_if(left_, [&](const TailPosition& left) { return file.resume(left); });
  if (same != left_.end()) {
    left_.erase(same);
  } else if (first_sight &&
             std::ranges::find(left_, file.path(), &TailPosition::path) == left_.end()) {
    file.begin_at_end();
  } else {
    file.begin_at_start();
  }
  files_.emplace(id, Followed{std::move(file), true, MonoTime::max()});
}

// A file that was rotated while no worker ran: its last lines are under another name, most often in
// the same directory.
void TailSet::read_rest_of(const TailPosition& left) {
  const std::string directory = directory_of(left.path);
  const std::unique_ptr<DIR, DirClose> dir(::opendir(directory.c_str()));
  while (const dirent* entry = dir == nullptr ? nullptr : ::readdir(dir.get())) {
    if (entry->d_ino != left.id.inode || files_.contains(left.id) ||
        files_.size() >= options_.max_files) {
      continue;
    }
    auto file =
        TailFile::open(directory + "/" + entry->d_name, options_.max_line_bytes, clock_.mono_now());
    if (file && file->resume(left)) {
      const FileId id = file->id();
      files_.emplace(id, Followed{std::move(*file), false, MonoTime::max()});
      return;
    }
  }
}

// Files on their way out come first, so that a rotated file's last lines stand before those of its
// successor; among the others each has its turn.
std::vector<TailFile*> TailSet::reading_order() {
  std::vector<TailFile*> order;
  for (auto& [id, followed] : files_) {
    if (!followed.has_name) {
      order.push_back(&followed.file);
    }
  }
  auto at = files_.lower_bound(next_);
  for (std::size_t i = 0; i < files_.size(); ++i, ++at) {
    at = at == files_.end() ? files_.begin() : at;
    if (at->second.has_name) {
      order.push_back(&at->second.file);
    }
  }
  return order;
}

bool TailSet::read_new(std::size_t max_bytes, const TailSink& sink) {
  bool more = false;
  std::size_t budget = max_bytes;
  for (TailFile* const file : reading_order()) {
    if (budget == 0) {
      next_ = file->id();
      return true;
    }
    const std::uint64_t n_before = file->n_read();
    const std::uint64_t n_truncations = file->n_truncations();
    const LineSink count_and_pass = [&](const CutLine& line) {
      ++counts_.n_lines;
      counts_.n_cut += line.n_cut != 0 ? 1 : 0;
      sink({file->path(), line});
    };
    const auto outcome =
        file->read_new(std::min(budget, kReadAtOnceBytes), clock_.mono_now(), count_and_pass);
    file->flush_when_quiet(clock_.mono_now(), options_.quiet, count_and_pass);
    counts_.n_truncations += file->n_truncations() - n_truncations;
    budget -= std::min<std::size_t>(budget, file->n_read() - n_before);
    more = more || outcome == TailFile::Outcome::kMore;
    if (outcome == TailFile::Outcome::kFailed) {
      tell(file->path(), "cannot read " + file->path());
    }
  }
  let_go_of_the_quiet(sink);
  return more;
}

void TailSet::let_go_of_the_quiet(const TailSink& sink) {
  const MonoTime now = clock_.mono_now();
  for (auto at = files_.begin(); at != files_.end();) {
    Followed& followed = at->second;
    const bool is_leaving = !followed.has_name && followed.nameless_since != MonoTime::max() &&
                            now - followed.nameless_since >= options_.farewell &&
                            now - followed.file.last_growth() >= options_.farewell;
    if (!is_leaving) {
      ++at;
      continue;
    }
    followed.file.flush_when_quiet(now, std::chrono::nanoseconds(0), [&](const CutLine& line) {
      ++counts_.n_lines;
      sink({followed.file.path(), line});
    });
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
