// inotify says that something happened, never what to read: each change only brings forward the
// next look, by at most kSettle, so that a thousand writes in a burst cost one turn. The poll looks
// anyway each second, for directories that cannot be watched (a full inotify table, network file
// systems) and for those that came to be after their glob.
#include "worker/sources/files/file_tail.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "worker/sources/files/log_line.hpp"
#include "worker/sources/files/state_file.hpp"

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kSettle(10);
constexpr std::chrono::milliseconds kPoll(1000);
constexpr std::chrono::milliseconds kJoinWait(210);  // just after TailOptions::join_wait
constexpr unsigned kPollsPerScan = 5;
constexpr std::size_t kBytesPerTurn = 256u << 10u;

// The worker's own output, wherever it goes: a line about an event would make an event.
std::vector<FileId> own_output() {
  std::vector<FileId> files;
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat st {};
    if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
      files.push_back({st.st_dev, st.st_ino});
    }
  }
  return files;
}

TailOptions options_of(const SourceContext& context, FileTailOptions wanted) {
  TailOptions options;
  options.globs = std::move(wanted.paths);
  options.excluded_dirs = {context.run_dir};
  options.excluded_files = own_output();
  options.protected_dirs = {context.run_dir, "/etc/ringside"};
  options.joins_continuations = wanted.join_lines;
  return options;
}

std::uint64_t inode_of(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 ? st.st_ino : 0;
}

}  // namespace

SourceEvent make_file_event(const TailedLine& tailed, WallTime received) {
  LogLine line = parse_log_line(tailed.line.text, tailed.line.tail);
  if (line.component.empty()) {
    std::string_view file = tailed.path;
    file = file.substr(file.rfind('/') + 1);
    line.component =
        file.ends_with(".log") && file.size() > 4 ? file.substr(0, file.size() - 4) : file;
  }
  if (!line.at) {
    line.at = tailed.line.at;
  }
  if (!line.details.present()) {
    line.details = Json::object();
  }
  if (!tailed.line.stream.empty()) {
    line.details.set("stream", tailed.line.stream);
  }
  line.details.set("file", tailed.path).set("offset", tailed.line.offset);
  return make_log_event(line, received,
                        std::move(Json::object().set("source", "file").set("path", tailed.path)));
}

std::unique_ptr<BuiltinSource> FileTailOptions::make(const SourceContext& context,
                                                     FileTailOptions options) {
  return std::make_unique<FileTail>(context, std::move(options));
}

FileTail::FileTail(const SourceContext& context, FileTailOptions options)
    : BuiltinSource(context),
      set_(options_of(context, std::move(options)), context.clock),
      state_path_(context.run_dir + "/file_tail.state") {}

Status FileTail::start() {
  if (const auto text = read_state_file(state_path_); text && !set_.load_state(*text)) {
    report_error(state_path_ +
                 " was not written by this version: files are followed from their ends");
  }
  next_turn_ = std::make_unique<LoopTimer>(&context_.loop, [this] { turn(); });
  poll_ = std::make_unique<LoopTimer>(&context_.loop, [this] { on_poll(); });
  set_state("running");
  turn();        // before anything is written after the start, so that it is not taken for old
  save_state();  // a worker that is killed at once leaves the next one a place to go on from
  poll_->start(kPoll, kPoll);
  return {};
}

void FileTail::stop() {
  watches_.clear();
  next_turn_.reset();
  poll_.reset();
  emit_lines([this](const TailSink& sink) { set_.finish(sink); });
  save_state();
  set_state("stopped");
}

void FileTail::on_change(bool names_changed) {
  must_scan_ = must_scan_ || names_changed;
  if (!next_turn_->is_running() || std::exchange(waits_to_join_, false)) {
    next_turn_->start(kSettle);
  }
}

void FileTail::on_poll() {
  must_scan_ = must_scan_ || ++n_polls_ % kPollsPerScan == 0;
  turn();
  save_state();
}

void FileTail::turn() {
  if (std::exchange(must_scan_, false)) {
    set_.scan();
    renew_watches();
  }
  bool more = false;
  emit_lines([&](const TailSink& sink) { more = set_.read_new(kBytesPerTurn, sink); });
  for (const auto& problem : set_.take_problems()) {
    report_error(problem);
  }
  if (more) {
    next_turn_->start(kNextTurn);  // after the others had their turn
  } else if (set_.has_pending() && !next_turn_->is_running()) {
    next_turn_->start(kJoinWait);
    waits_to_join_ = true;
  }
}

void FileTail::emit_lines(const std::function<void(const TailSink&)>& read) {
  const WallTime now = context_.clock.wall_now();
  read([&](const TailedLine& line) { emit(make_file_event(line, now)); });
}

void FileTail::renew_watches() {
  const auto directories = set_.directories();
  std::erase_if(watches_, [&](const auto& entry) {
    return !directories.contains(entry.first) || inode_of(entry.first) != entry.second.inode;
  });
  for (const auto& directory : directories) {
    const std::uint64_t inode = inode_of(directory);
    if (inode == 0 || watches_.contains(directory)) {
      continue;
    }
    auto watch = DirectoryWatch::make(&context_.loop, directory,
                                      [this](bool names_changed) { on_change(names_changed); });
    if (!watch) {
      report_error(watch.error().message + "; looking each second instead");
      continue;
    }
    watches_.emplace(directory, Watched{inode, std::move(*watch)});
    must_scan_ = true;  // what happened between the scan and the watch
    if (!next_turn_->is_running()) {
      next_turn_->start(kSettle);
    }
  }
}

void FileTail::save_state() {
  std::string state = set_.state();
  if (state == saved_state_) {
    return;
  }
  if (const auto written = write_state_file(state_path_, state); !written) {
    report_error(written.error().message);
    return;
  }
  saved_state_ = std::move(state);
}

void FileTail::add_details(Json& details) const {
  const auto counts = set_.counts();
  details.set("files", counts.n_files)
      .set("lines", counts.n_lines)
      .set("lines_cut", counts.n_cut)
      .set("rotations", counts.n_rotations)
      .set("truncations", counts.n_truncations)
      .set("copies", counts.n_copies)
      .set("files_left_out", counts.n_left_out)
      .set("directories_watched", std::uint64_t{watches_.size()});
}

}  // namespace ringside
