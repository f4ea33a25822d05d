#pragma once
// TailSet: all files that globs name, followed over rotation, truncation, appearance and disappearance, without an event
// loop: who owns it calls scan() when names may have changed and read_new() when contents may have.
//
//   first sight of a file by a new glob   from its end
//   a file that appears later             from its start
//   one that was there at the first sight, and could not be followed until later: no room, no permission
//                                         from its end then
//   the file that was left at the end     from where it was left (state())
//   another file under a name that was left   from its start, after the rest of the one that was left, if that is still
//                                         in its directory under another name
//   a copy of a file that is followed     (copytruncate) only what the original had no more when it was truncated
//   a file renamed or removed             read on until it has been quiet for a while: its writer may still have it open
//
// Threads: one. Memory: for each file two lines' limits at most, that which is read and that which a truncation left over; files are bounded.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "worker/sources/files/line_joiner.hpp"
#include "worker/sources/files/tail_file.hpp"

namespace ringside {

struct TailOptions {
  std::vector<std::string> globs;
  std::vector<std::string>
      excluded_dirs;  // nothing that a wildcard finds below these; a path written out is followed
  std::vector<FileId>
      excluded_files;  // never, by whatever name: one's own logs would feed themselves
  std::vector<std::string>
      protected_dirs;  // no file in these but logs, by whatever name: keys and shared memory
  std::size_t max_files = 256;
  std::size_t max_line_bytes = 16u << 10u;
  std::chrono::nanoseconds quiet =
      std::chrono::seconds(2);  // until a line without an end is emitted
  std::chrono::nanoseconds grace_period =
      std::chrono::seconds(10);      // of silence, until a renamed file is closed
  bool joins_continuations = false;  // indented lines go with the line before
  std::chrono::nanoseconds join_wait =
      std::chrono::milliseconds(200);  // of silence, until nothing more is expected to join
};

struct TailedLine {
  const std::string& path;
  const JoinedLine& line;
};
using TailSink = std::function<void(const TailedLine&)>;

class TailSet {
 public:
  TailSet(TailOptions options, const Clock& clock);

  // Restores state() of an earlier worker. Text that is not such a state is ignored; false means
  // so.
  [[nodiscard]] bool load_state(std::string_view text);
  [[nodiscard]] std::string state() const;

  // Other globs from the next scan on. Files that no glob matches any more are closed, the others stay
  // on.
  void set_globs(std::vector<std::string> globs);

  // Looks which files there are.
  void scan();
  // Reads what is new, `max_bytes` in all, and gives it out. True when more is there.
  [[nodiscard]] bool read_new(std::size_t max_bytes, const TailSink& sink);

  // Emits the messages that wait for more lines: before a stop.
  void finish(const TailSink& sink);
  // Whether a message waits for more lines: read_new() has to be called again after join_wait.
  [[nodiscard]] bool has_pending() const;

  // The directories in which names may appear or contents change.
  [[nodiscard]] std::set<std::string> directories() const;
  // Problems since the last call, each once as long as it persists.
  [[nodiscard]] std::vector<std::string> take_problems() { return std::exchange(problems_, {}); }

  struct Counts {
    std::uint64_t n_files = 0;
    std::uint64_t n_lines = 0;
    std::uint64_t n_cut = 0;  // lines
    std::uint64_t n_rotations = 0;
    std::uint64_t n_truncations = 0;
    std::uint64_t n_copies = 0;
    std::uint64_t n_errors = 0;
    std::uint64_t n_left_out = 0;  // files beyond the limit, at the last scan
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Followed {
    TailFile file;
    LineJoiner joiner;
    bool has_name = true;  // some glob finds it; else it is on its way out
    MonoTime nameless_since;
    std::optional<FileId> copy_of = {};  // not read until that is truncated
  };
  struct Glob {
    std::string pattern;
    std::size_t literal_bytes = 0;  // at its start, without a wildcard
    bool is_path = false;           // no wildcard in it
    bool scanned = false;
  };

  void consider(const std::string& path, const Glob& glob);
  void leave_out(const FileId& id, const Glob& glob);
  [[nodiscard]] bool is_first_sight(const FileId& id, const Glob& glob) const;
  [[nodiscard]] bool is_protected(const FileId& id) const;
  void find_protected_files();
  // The file of the position, under whatever name in its directory. Cost: a look at each name in it.
  [[nodiscard]] std::optional<TailFile> open_left(const TailPosition& left) const;
  [[nodiscard]] bool was_truncated(const TailPosition& left) const;
  [[nodiscard]] bool resume_as_copy(Followed& followed);
  void begin_as_copy(Followed& followed);
  [[nodiscard]] bool waits_as_copy(Followed& followed);
  [[nodiscard]] bool has_copy_of_left_over(const Followed& followed) const;
  void settle_left_over(Followed& followed, const LineSink& sink);
  void read_file(Followed& followed, std::size_t& budget, bool& more, const TailSink& sink);
  [[nodiscard]] JoinedSink counting(const Followed& followed, const TailSink& sink);
  void follow(TailFile file, bool first_sight);
  void read_rest_of(const TailPosition& left);
  [[nodiscard]] std::vector<Followed*> reading_order();
  void flush_joined(const TailSink& sink);
  void close_idle_files(const TailSink& sink);
  [[nodiscard]] bool is_excluded(const std::string& path) const;
  void report_once(const std::string& path, const std::string& problem);

  TailOptions options_;
  const Clock& clock_;
  std::vector<Glob> globs_;
  std::map<FileId, Followed> files_;
  std::vector<TailPosition> left_;  // by an earlier worker, not yet met again
  std::set<FileId> left_out_;  // found by the last scan and not followed; not new when they are
  std::set<FileId> former_left_out_;  // by the scan before, while one is made
  std::vector<FileId> protected_;     // at the last scan
  std::map<std::string, std::string> reported_;
  std::vector<std::string> problems_;
  Counts counts_;
  FileId next_;  // whose turn it is
};

}  // namespace ringside
