// Nothing in the file is trusted: a length is compared with what the file has before it is used.
#include "core/segments/file_window.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringside {

std::span<const std::byte> FileWindow::get(std::uint64_t position, std::size_t n_bytes) {
  if (position < begin_ || position + n_bytes > begin_ + n_held_) {
    if (n_bytes > least_) {  // perhaps a length that was never written
      struct stat status {};
      const auto size = ::fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
      n_bytes = static_cast<std::size_t>(
          std::min<std::uint64_t>(n_bytes, size > position ? size - position : 0));
    }
    const std::size_t wanted = std::max(n_bytes, least_);
    if (bytes_.size() < wanted) {
      bytes_.resize(wanted);
    }
    begin_ = position;
    n_held_ = 0;
    while (n_held_ < wanted) {
      const ssize_t got = ::pread(fd_, bytes_.data() + n_held_, wanted - n_held_,
                                  static_cast<off_t>(position + n_held_));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got <= 0) {
        break;
      }
      n_held_ += static_cast<std::size_t>(got);
    }
    // What comes next is wanted next, as a rule: the disk brings it while this is looked at.
    (void)::posix_fadvise(fd_, static_cast<off_t>(begin_ + n_held_), static_cast<off_t>(least_),
                          POSIX_FADV_WILLNEED);
  }
  const auto offset = static_cast<std::size_t>(position - begin_);
  return std::span<const std::byte>(bytes_).subspan(
      std::min(offset, n_held_), std::min(n_bytes, n_held_ - std::min(offset, n_held_)));
}

std::optional<StoredRecord> record_at(FileWindow& file, std::uint64_t position, Seq seq,
                                      Payload payload) {
  if (position % 8 != 0 || position >= kMaxPlausible) {
    return std::nullopt;
  }
  const auto head = file.get(position, kRecordHeaderBytes);
  if (head.size() < kRecordHeaderBytes) {
    return std::nullopt;
  }
  HeaderWords words{};
  std::memcpy(words.data(), head.data(), sizeof words);
  StoredRecord record{decode_header(words), {}, position};
  const RecordHeader& header = record.header;
  if (header.kind != RecordKind::kRecord || header.seq != seq.value ||
      header.total_bytes < kRecordHeaderBytes || header.total_bytes > kMaxRecordBytes ||
      round_up_to_word(kRecordHeaderBytes + std::uint64_t{header.name_bytes} + header.text_bytes) !=
          header.total_bytes) {
    return std::nullopt;
  }
  if (payload == Payload::kChecked) {
    const auto whole = file.get(position, header.total_bytes);
    if (whole.size() < header.total_bytes ||
        record_checksum(header, whole.data() + kRecordHeaderBytes) != header.checksum) {
      return std::nullopt;
    }
    record.payload = whole.subspan(kRecordHeaderBytes);
  }
  return record;
}

}  // namespace ringside
