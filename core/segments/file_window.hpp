#pragma once
// FileWindow: a part of a file in private memory, for reading a file of records from front to back.
//
// With pread() rather than a mapping: a mapped page that the disk cannot deliver, or that was cut off, ends the process
// with SIGBUS, and the process may be a web server. Here it is a file that ends early.
//
// Threads: one at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/ring/record_format.hpp"
#include "core/ring/types.hpp"

namespace ringside {

class FileWindow {
 public:
  // `fd` stays open as long as this. `n_bytes`: how much is read at once, at least.
  FileWindow(int fd, std::size_t n_bytes) : fd_(fd), least_(n_bytes) {}

  // Up to `n_bytes` of the file from `position` on: fewer where it ends, none where it cannot be read.
  //   Cost: nothing when the window has them; else one or two system calls.
  [[nodiscard]] std::span<const std::byte> get(std::uint64_t position, std::size_t n_bytes);
  // What was read may have changed.
  void forget() noexcept { n_held_ = 0; }

 private:
  int fd_;
  std::size_t least_;
  std::vector<std::byte> bytes_;
  std::uint64_t begin_ = 0;  // of the file's bytes that are held
  std::size_t n_held_ = 0;
};

struct StoredRecord {
  RecordHeader header;
  std::span<const std::byte> payload;  // name, text, filling; in the window
  std::uint64_t position = 0;
  [[nodiscard]] std::uint64_t end() const noexcept { return position + header.total_bytes; }
};

enum class Payload { kNotNeeded, kChecked };

// The record `seq`, which should be at `position`. Nothing when what is there is not that record, whole; with
// Payload::kChecked, also when its checksum is wrong.
[[nodiscard]] std::optional<StoredRecord> record_at(FileWindow& file, std::uint64_t position,
                                                    Seq seq, Payload payload);

}  // namespace ringside
