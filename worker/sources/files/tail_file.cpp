// Truncation is seen by the size, as everyone does, and by the first bytes: copytruncate under a
// busy writer can leave a file longer than it was by the time of the next look. A case that cannot be seen is
// a file whose new first bytes are the old ones.
#include "worker/sources/files/tail_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/shm/hash.hpp"
#include "worker/sources/files/trusted_path.hpp"

namespace ringside {
namespace {

constexpr std::uint64_t kFingerprintBytes = 256;
constexpr std::size_t kChunkBytes = 64u << 10u;
constexpr std::size_t kCompareBytes = 16u << 10u;
constexpr std::uint64_t kMostNuls = 1u << 20u;  // at the beginning, that are no hole

}  // namespace

Result<TailFile> TailFile::open(const std::string& path, std::size_t max_line_bytes, MonoTime now,
                                std::size_t trusted_bytes) {
  auto opened = open_trusted(path, std::min(trusted_bytes, path.size()));
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  UniqueFd fd = std::move(*opened);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) {
    return fail_errno("cannot stat " + path);
  }
  if (!S_ISREG(st.st_mode)) {
    return fail(path + " is not a regular file");
  }
  return TailFile(std::move(fd), path, FileId{st.st_dev, st.st_ino}, max_line_bytes, now);
}

// Of the first `n_bytes`; a file with too many to count has no fingerprint. A hole costs one system call.
std::uint64_t TailFile::count_nuls(std::uint64_t n_bytes) const {
  const off_t data = ::lseek(fd_.get(), 0, SEEK_DATA);
  auto n = data > 0 ? static_cast<std::uint64_t>(data) : 0;
  const std::uint64_t end = std::min(n_bytes, n + kMostNuls);
  std::array<char, kCompareBytes> bytes{};
  while (n < end) {
    const ssize_t n_read =
        ::pread(fd_.get(), bytes.data(), std::min<std::uint64_t>(bytes.size(), end - n),
                static_cast<off_t>(n));
    if (n_read <= 0) {
      return n_bytes;
    }
    const std::string_view text(bytes.data(), static_cast<std::size_t>(n_read));
    const std::size_t first = text.find_first_not_of('\0');
    if (first != std::string_view::npos) {
      return n + first;
    }
    n += text.size();
  }
  return n_bytes;
}

Fingerprint TailFile::fingerprint_of(std::uint64_t n_bytes) const {
  std::array<char, kFingerprintBytes> bytes{};
  ssize_t n = ::pread(fd_.get(), bytes.data(), std::min<std::uint64_t>(n_bytes, bytes.size()), 0);
  std::uint64_t n_nuls = 0;
  if (n > 0 && bytes[0] == '\0') {
    n_nuls = count_nuls(n_bytes);
    n = ::pread(fd_.get(), bytes.data(), std::min<std::uint64_t>(n_bytes - n_nuls, bytes.size()),
                static_cast<off_t>(n_nuls));
  }
  n = std::max<ssize_t>(n, 0);
  if (n == 0 && n_nuls == 0) {
    return {};
  }
  return {n_nuls + static_cast<std::uint64_t>(n), hash64(bytes.data(), static_cast<std::size_t>(n)),
          n_nuls};
}

bool TailFile::was_written_anew() const {
  struct stat st {};
  return ::fstat(fd_.get(), &st) == 0 && was_written_anew(static_cast<std::uint64_t>(st.st_size));
}

bool TailFile::was_written_anew(std::uint64_t size) const {
  if (size < cutter_.read_position()) {
    return true;
  }
  if (fingerprint_.n_bytes == 0) {
    return false;
  }
  return fingerprint_of(fingerprint_.n_bytes) != fingerprint_;
}

void TailFile::begin_at_end() {
  struct stat st {};
  const bool known = ::fstat(fd_.get(), &st) == 0 && st.st_size > 0;
  cutter_.restart(known ? static_cast<std::uint64_t>(st.st_size) : 0);
  fingerprint_ = fingerprint_of(cutter_.read_position());
}

bool TailFile::resume(const TailPosition& left) {
  struct stat st {};
  if (left.id != id_ || ::fstat(fd_.get(), &st) != 0 ||
      static_cast<std::uint64_t>(st.st_size) < left.offset) {
    return false;
  }
  const Fingerprint now = fingerprint_of(left.fingerprint.n_bytes);
  if (now != left.fingerprint) {
    return false;
  }
  cutter_.restart(left.offset);
  fingerprint_ = now;
  earlier_ = left.earlier;
  return true;
}

void TailFile::begin_at(std::uint64_t offset) {
  cutter_.restart(offset);
  fingerprint_ = fingerprint_of(offset);
}

void TailFile::add_earlier(const Generation& generation) {
  if (earlier_.size() == kMaxEarlier) {
    earlier_.erase(earlier_.begin());
  }
  earlier_.push_back(generation);
}

void TailFile::remember(const TailPosition& left) {
  earlier_ = left.earlier;
  add_earlier({left.fingerprint, left.offset});
}

// Half a line waits: its end may be in a copy.
void TailFile::begin_anew(MonoTime now) {
  add_earlier(
      {fingerprint_, cutter_.has_partial() ? cutter_.line_start() : cutter_.read_position()});
  left_over_.reset();
  if (cutter_.has_partial()) {
    left_over_.emplace(LeftOver{cutter_, now});
  }
  cutter_.restart(0);
  fingerprint_ = {};
  is_known_text_ = false;
  ++n_truncations_;
}

bool TailFile::has_first_bytes() const {
  struct stat st {};
  return cutter_.line_start() == 0 && !cutter_.has_partial() && n_truncations_ == 0 &&
         ::fstat(fd_.get(), &st) == 0 &&
         static_cast<std::uint64_t>(st.st_size) > cutter_.read_position();
}

// Programs begin their logs alike (a banner, a license), so the last bytes that both have count, too.
bool TailFile::begins_like(const TailFile& other) const {
  const auto is_same_from = [&](off_t at) {
    std::array<char, kCompareBytes> mine{};
    std::array<char, kCompareBytes> its{};
    const ssize_t n_mine = ::pread(fd_.get(), mine.data(), mine.size(), at);
    const ssize_t n_its = ::pread(other.fd_.get(), its.data(), its.size(), at);
    const auto n = static_cast<std::size_t>(std::max<ssize_t>(std::min(n_mine, n_its), 0));
    return n >= kMinCopyBytes && std::memcmp(mine.data(), its.data(), n) == 0;
  };
  struct stat st {};
  struct stat its_st {};
  if (!is_same_from(0) || ::fstat(fd_.get(), &st) != 0 || ::fstat(other.fd_.get(), &its_st) != 0) {
    return false;
  }
  const off_t n_common = std::min(st.st_size, its_st.st_size);
  const Fingerprint common = fingerprint_of(static_cast<std::uint64_t>(n_common));
  if (common.n_bytes == common.n_nuls ||
      common != other.fingerprint_of(static_cast<std::uint64_t>(n_common))) {
    return false;  // they have NULs in common, or not even those
  }
  return n_common <= static_cast<off_t>(kCompareBytes) ||
         is_same_from(n_common - static_cast<off_t>(kCompareBytes));
}

bool TailFile::holds(const Generation& generation) const {
  struct stat st {};
  const Fingerprint now = fingerprint_of(generation.fingerprint.n_bytes);
  return now.n_bytes - now.n_nuls >= kMinCopyBytes && ::fstat(fd_.get(), &st) == 0 &&
         static_cast<std::uint64_t>(st.st_size) >= generation.n_read &&
         now == generation.fingerprint;
}

std::optional<std::uint64_t> TailFile::emitted_of(
    const std::vector<Generation>& generations) const {
  for (auto it = generations.rbegin(); it != generations.rend(); ++it) {
    if (holds(*it)) {
      return it->n_read;
    }
  }
  return std::nullopt;
}

bool TailFile::is_utf16() const {
  std::array<char, 2> first{};
  return ::pread(fd_.get(), first.data(), first.size(), 0) == 2 &&
         ((first[0] == '\xFF' && first[1] == '\xFE') || (first[0] == '\xFE' && first[1] == '\xFF'));
}

TailFile::Outcome TailFile::read_new(std::size_t max_bytes, MonoTime now, const LineSink& sink) {
  struct stat st {};
  if (::fstat(fd_.get(), &st) != 0) {
    return Outcome::kFailed;
  }
  const auto size = static_cast<std::uint64_t>(st.st_size);
  if (was_written_anew(size)) {
    begin_anew(now);
  }
  if (!is_known_text_ && size >= 2) {
    if (is_utf16()) {
      return Outcome::kNotText;
    }
    is_known_text_ = true;
  }
  std::array<char, kChunkBytes> chunk{};
  std::size_t n_read = 0;
  while (n_read < max_bytes) {
    const ssize_t n = ::pread(fd_.get(), chunk.data(), std::min(chunk.size(), max_bytes - n_read),
                              static_cast<off_t>(cutter_.read_position()));
    if (n < 0) {
      return Outcome::kFailed;
    }
    if (n == 0) {
      break;
    }
    cutter_.feed({chunk.data(), static_cast<std::size_t>(n)}, sink);
    n_read += static_cast<std::size_t>(n);
  }
  if (n_read == 0) {
    return Outcome::kNothingNew;
  }
  n_read_ += n_read;
  last_growth_ = now;
  if (fingerprint_.n_bytes - fingerprint_.n_nuls < kFingerprintBytes) {
    fingerprint_ = fingerprint_of(cutter_.read_position());
  }
  return n_read >= max_bytes ? Outcome::kMore : Outcome::kRead;
}

void TailFile::flush_when_quiet(MonoTime now, std::chrono::nanoseconds quiet,
                                const LineSink& sink) {
  if (cutter_.has_partial() && now - last_growth_ >= quiet) {
    cutter_.flush(sink);
  }
}

void TailFile::flush_left_over(const LineSink& sink) {
  if (left_over_) {
    earlier_.back().n_read = left_over_->line.read_position();  // a later copy begins after it
    left_over_->line.flush(sink);
    left_over_.reset();
  }
}

bool TailFile::holds(const LeftOver& left_over) const {
  const std::string_view begun = left_over.line.partial();
  std::string bytes(begun.size(), '\0');
  const auto at = static_cast<off_t>(left_over.line.partial_start());
  return ::pread(fd_.get(), bytes.data(), bytes.size(), at) == static_cast<ssize_t>(begun.size()) &&
         bytes == begun;
}

}  // namespace ringside
