#pragma once
// TailFile: one open file that is followed. It stays open under whatever name it gets, until it is
// closed; it notices that it was truncated, or truncated and written again.
//
// Threads: one. Cost of a read: pread of what is new, and of the fingerprint's bytes.

#include <sys/stat.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/sources/files/line_cutter.hpp"

namespace ringside {

struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

// The first bytes of a file, hashed: distinguishes a file from another one that got the inode of the
// first. NULs at its beginning are counted and not hashed: many files have a hole there, since a writer without O_APPEND continues
// at its old offset when its file is truncated.
struct Fingerprint {
  std::uint64_t n_bytes = 0;  // with the NULs
  std::uint64_t hash = 0;
  std::uint64_t n_nuls = 0;
  [[nodiscard]] bool operator==(const Fingerprint& other) const noexcept {
    return n_bytes == other.n_bytes && hash == other.hash;  // n_nuls is in both
  }
};

// Contents of a file, which it may have no more.
struct FileGeneration {
  Fingerprint fingerprint;
  std::uint64_t n_read = 0;  // bytes of it that were emitted
};

// The position in a file, as the state file keeps it.
struct TailPosition {
  std::string path;
  FileId id;
  std::uint64_t offset = 0;
  Fingerprint fingerprint;
  std::vector<FileGeneration> earlier;  // the oldest first: a copy of each may be found later
};

class TailFile {
 public:
  // Fails for what cannot be opened, and for what is not a regular file. The part of the path after
  // `trusted_bytes` bytes was found by a glob: see open_trusted().
  [[nodiscard]] static Result<TailFile> open(const std::string& path, std::size_t max_line_bytes,
                                             MonoTime now,
                                             std::size_t trusted_bytes = std::string::npos);

  // Where to begin. `resume` says whether this is the file that was left there, and only then
  // begins there.
  void begin_at_start() { cutter_.restart(0); }
  void begin_at_end();
  [[nodiscard]] bool resume(const TailPosition& left);
  void begin_at(std::uint64_t offset);
  // The file has other contents than it was left with: a copy of those may be found later.
  void remember(const TailPosition& left);

  // Whether it begins at its start, and has had nothing but NULs at each look so far, but has more bytes now.
  [[nodiscard]] bool has_first_bytes() const;

  // Whether both files begin with the same bytes, as far as the shorter one goes, and at least
  // kMinCopyBytes: one is a copy of the other.
  static constexpr std::size_t kMinCopyBytes = 64;
  [[nodiscard]] bool begins_like(const TailFile& other) const;

  // The contents of the file.
  using Generation = FileGeneration;
  [[nodiscard]] Generation generation() const { return {fingerprint_, cutter_.read_position()}; }
  // The contents before each of the last truncations, the oldest first; at most kMaxEarlier.
  static constexpr std::size_t kMaxEarlier = 8;
  [[nodiscard]] const std::vector<Generation>& earlier() const noexcept { return earlier_; }
  // How much of this file's contents was emitted from another one that had them once; nothing when it is no copy of any.
  [[nodiscard]] std::optional<std::uint64_t> emitted_of(
      const std::vector<Generation>& generations) const;
  // Whether this file has all of that.
  [[nodiscard]] bool holds(const Generation& generation) const;

  enum class Outcome { kNothingNew, kRead, kMore, kFailed, kNotText };  // kNotText: UTF-16
  // Whether it was truncated since the last read_new(), whose left-over is lost by the next.
  [[nodiscard]] bool was_written_anew() const;
  // Reads up to `max_bytes` of what is new and gives its lines out; kMore when more is there. After
  // a truncation it begins again at the start.
  [[nodiscard]] Outcome read_new(std::size_t max_bytes, MonoTime now, const LineSink& sink);

  // Emits a last line without an end when the file has been quiet for `quiet`.
  void flush_when_quiet(MonoTime now, std::chrono::nanoseconds quiet, const LineSink& sink);

  // The beginning of a line whose end was truncated away before it could be read.
  struct LeftOver {
    LineCutter line;
    MonoTime since;
  };
  [[nodiscard]] const std::optional<LeftOver>& left_over() const noexcept { return left_over_; }
  void flush_left_over(const LineSink& sink);
  void forget_left_over() { left_over_.reset(); }
  // Whether this file has the line of it.
  [[nodiscard]] bool holds(const LeftOver& left_over) const;

  [[nodiscard]] FileId id() const noexcept { return id_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void set_path(const std::string& path) { path_ = path; }
  [[nodiscard]] TailPosition position() const {
    return {path_, id_, cutter_.line_start(), fingerprint_, earlier_};
  }
  [[nodiscard]] MonoTime last_growth() const noexcept { return last_growth_; }
  [[nodiscard]] std::uint64_t n_read() const noexcept { return n_read_; }  // bytes, ever
  [[nodiscard]] std::uint64_t n_truncations() const noexcept { return n_truncations_; }

 private:
  TailFile(UniqueFd fd, std::string path, FileId id, std::size_t max_line_bytes, MonoTime now)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        id_(id),
        cutter_(max_line_bytes),
        last_growth_(now) {}

  [[nodiscard]] Fingerprint fingerprint_of(std::uint64_t n_bytes) const;
  [[nodiscard]] std::uint64_t count_nuls(std::uint64_t n_bytes) const;
  [[nodiscard]] bool is_utf16() const;
  [[nodiscard]] bool was_written_anew(std::uint64_t size) const;
  void add_earlier(const Generation& generation);
  void begin_anew(MonoTime now);

  UniqueFd fd_;
  std::string path_;
  FileId id_;
  LineCutter cutter_;
  Fingerprint fingerprint_;
  std::vector<Generation> earlier_;
  std::optional<LeftOver> left_over_;  // its line begins where earlier_.back() ends
  bool is_known_text_ = false;
  MonoTime last_growth_;
  std::uint64_t n_read_ = 0;
  std::uint64_t n_truncations_ = 0;
};

}  // namespace ringside
