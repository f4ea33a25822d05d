// A file is a header and records, each with its length, number and checksum; it is only appended to, and removed when all
// of it is in the log. A new file begins every few megabytes, so that what was sent is given back soon.
#include "worker/cluster/file_spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <optional>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "core/shm/hash.hpp"

namespace ringside::cluster {
namespace {

constexpr std::uint64_t kMagic = 0x314c4f4f50535352;  // "RSSPOOL1", little-endian

struct FileHeader {
  std::uint64_t magic = kMagic;
  std::uint64_t incarnation = 0;
  std::uint64_t since = 0;
  std::uint64_t checksum = 0;
};
struct RecordHeader {
  std::uint64_t n = 0;
  std::uint64_t n_bytes = 0;
  std::uint64_t checksum = 0;
};

[[nodiscard]] std::uint64_t checksum_of(const FileHeader& header) noexcept {
  return hash64(&header, offsetof(FileHeader, checksum));
}
[[nodiscard]] std::uint64_t checksum_of(std::uint64_t n, std::string_view text) noexcept {
  return hash64(text) ^ hash64(&n, sizeof n);
}

[[nodiscard]] bool read_all(int fd, void* to, std::size_t n_bytes, std::uint64_t offset) noexcept {
  return ::pread(fd, to, n_bytes, static_cast<off_t>(offset)) == static_cast<ssize_t>(n_bytes);
}

// The record at `offset`; nothing at the end, or where it is damaged.
[[nodiscard]] std::optional<Spool::Entry> read_record(int fd, std::uint64_t offset) {
  RecordHeader header;
  if (!read_all(fd, &header, sizeof header, offset) || header.n_bytes > FileSpool::kMaxEventBytes) {
    return std::nullopt;
  }
  Spool::Entry entry{header.n, std::string(header.n_bytes, '\0')};
  if (!read_all(fd, entry.text.data(), entry.text.size(), offset + sizeof header) ||
      header.checksum != checksum_of(entry.n, entry.text)) {
    return std::nullopt;
  }
  return entry;
}

[[nodiscard]] std::uint64_t bytes_of(const Spool::Entry& entry) noexcept {
  return sizeof(RecordHeader) + entry.text.size();
}

}  // namespace

FileSpool::FileSpool(std::string directory, std::uint64_t max_bytes)
    : directory_(std::move(directory)), max_bytes_(max_bytes) {}

Result<std::unique_ptr<FileSpool>> FileSpool::open(const std::string& directory,
                                                   std::uint64_t max_bytes) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno("cannot make the spool " + directory);
  }
  std::unique_ptr<FileSpool> spool(new FileSpool(directory, max_bytes));
  if (auto taken = spool->take_over(); !taken) {
    return fail_from(taken.error(), "cannot use the spool " + directory);
  }
  while (spool->incarnation_ == 0) {
    spool->incarnation_ = random_number();
  }
  return spool;
}

Status FileSpool::take_over() {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    if (entry.path().extension() == ".spool") {
      paths.push_back(entry.path().string());
    }
  }
  if (error) {
    return fail(error.message());
  }
  std::ranges::sort(paths);
  for (const std::string& path : paths) {
    if (auto taken = take_over_file(path); !taken) {
      return taken;
    }
  }
  return {};
}

Status FileSpool::take_over_file(const std::string& path) {
  File file;
  file.path = path;
  file.fd = UniqueFd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  FileHeader header;
  if (!file.fd.valid()) {
    return fail_errno(path);
  }
  const bool is_whole = read_all(file.fd.get(), &header, sizeof header, 0) &&
                        header.magic == kMagic && header.checksum == checksum_of(header);
  file.since = header.since;
  file.n_bytes = sizeof header;
  std::uint64_t next = files_.empty() ? 0 : last_n() + 1;
  while (is_whole) {
    const auto entry = read_record(file.fd.get(), file.n_bytes);
    if (!entry || (next != 0 && entry->n != next) ||
        (incarnation_ != 0 && incarnation_ != header.incarnation)) {
      break;
    }
    file.first_n = file.first_n == 0 ? entry->n : file.first_n;
    file.last_n = entry->n;
    file.n_bytes += bytes_of(*entry);
    next = entry->n + 1;
  }
  if (file.last_n == 0) {  // begun and never filled, or of another time
    ::unlink(path.c_str());
    return {};
  }
  struct stat status {};
  if (::fstat(file.fd.get(), &status) == 0 &&
      static_cast<std::uint64_t>(status.st_size) > file.n_bytes) {
    log::warn("spool {}: cut at {} of {} bytes, after event {}", path, file.n_bytes, status.st_size,
              file.last_n);
    if (::ftruncate(file.fd.get(), static_cast<off_t>(file.n_bytes)) != 0) {
      return fail_errno(path);
    }
  }
  incarnation_ = header.incarnation;
  n_bytes_ += file.n_bytes;
  files_.push_back(std::move(file));
  return {};
}

bool FileSpool::begin_file(std::uint64_t first_n) {
  File file;
  file.path = fmt::format("{}/{:020}.spool", directory_, first_n);
  file.fd = UniqueFd(
      ::open(file.path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  FileHeader header{kMagic, incarnation_, position_, 0};
  header.checksum = checksum_of(header);
  if (!file.fd.valid() ||
      ::pwrite(file.fd.get(), &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
    ::unlink(file.path.c_str());
    return false;
  }
  file.first_n = first_n;
  file.since = position_;
  file.n_bytes = sizeof header;
  n_bytes_ += file.n_bytes;
  files_.push_back(std::move(file));
  return true;
}

bool FileSpool::append(std::uint64_t n, std::string_view text) {
  if (n_bytes_ >= max_bytes_ + max_bytes_ / 16 || text.size() > kMaxEventBytes ||
      ((files_.empty() || files_.back().n_bytes >= kFileBytes) && !begin_file(n))) {
    return false;
  }
  File& file = files_.back();
  const RecordHeader header{n, text.size(), checksum_of(n, text)};
  record_.assign(reinterpret_cast<const char*>(&header), sizeof header);
  record_ += text;
  if (::pwrite(file.fd.get(), record_.data(), record_.size(), static_cast<off_t>(file.n_bytes)) !=
      static_cast<ssize_t>(record_.size())) {
    return false;  // what was written of it is written over, or cut off at the next start
  }
  file.last_n = n;
  file.n_bytes += record_.size();
  n_bytes_ += record_.size();
  has_unsynced_ = true;
  return true;
}

FileSpool::File* FileSpool::file_of(std::uint64_t n) {
  const auto found =
      std::ranges::find_if(files_, [n](const File& file) { return n <= file.last_n; });
  return found == files_.end() ? nullptr : &*found;
}

std::vector<Spool::Entry> FileSpool::read(std::uint64_t first_n, std::size_t max_bytes) {
  std::vector<Entry> out;
  std::size_t n_bytes = 0;
  std::uint64_t n = std::max(first_n, this->first_n());
  for (File* file = file_of(n); file != nullptr && n_bytes < max_bytes; file = file_of(n)) {
    const bool goes_on = cursor_.n == n && cursor_.file_first_n == file->first_n;
    std::uint64_t offset = goes_on ? cursor_.offset : sizeof(FileHeader);
    while (offset < file->n_bytes && n_bytes < max_bytes) {
      auto entry = read_record(file->fd.get(), offset);
      if (!entry) {
        log::error("spool {}: damaged at {}, events from {} on cannot be read", file->path, offset,
                   n);
        return out;
      }
      offset += bytes_of(*entry);
      if (entry->n >= n) {
        n = entry->n + 1;
        n_bytes += entry->text.size();
        out.push_back(std::move(*entry));
      }
    }
    cursor_ = {n, file->first_n, offset};
  }
  return out;
}

void FileSpool::trim(std::uint64_t up_to) {
  trimmed_ = std::max(trimmed_, up_to);
  while (!files_.empty() && files_.front().last_n <= trimmed_) {
    n_bytes_ -= files_.front().n_bytes;
    ::unlink(files_.front().path.c_str());
    files_.pop_front();
  }
}

std::uint64_t FileSpool::first_n() const noexcept {
  return files_.empty() ? 0 : std::max(files_.front().first_n, trimmed_ + 1);
}

std::uint64_t FileSpool::last_n() const noexcept {
  return files_.empty() ? 0 : files_.back().last_n;
}

std::uint64_t FileSpool::since() const noexcept {
  return files_.empty() ? position_ : files_.front().since;
}

UniqueFd FileSpool::unsynced() {
  if (!has_unsynced_ || files_.empty()) {
    return {};
  }
  has_unsynced_ = false;
  return UniqueFd(::fcntl(files_.back().fd.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace ringside::cluster
