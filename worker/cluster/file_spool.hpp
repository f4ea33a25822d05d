#pragma once
// FileSpool: events that wait for the log, in files of a directory; they survive the machine up to the last sync().
//
// Threads: the loop's. sync() gives a descriptor to be synced elsewhere.

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/cluster/outbox.hpp"

namespace ringside::cluster {

class FileSpool final : public Spool {
 public:
  static constexpr std::uint64_t kFileBytes = 8U << 20U;
  static constexpr std::uint32_t kMaxEventBytes = 32U << 20U;

  // Makes the directory where it is not there, and takes over what it holds: up to the first record that is damaged, which
  // is where the machine died. Full at `max_bytes`; what comes all the same is taken up to a sixteenth more.
  //   Errors: the directory or a file cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<FileSpool>> open(const std::string& directory,
                                                               std::uint64_t max_bytes);

  // Numbers mean something together with this: another one after each time that the spool was found empty at the start.
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }
  // No event that waits is in the log up to this message.
  [[nodiscard]] std::uint64_t since() const noexcept;

  [[nodiscard]] bool append(std::uint64_t n, std::string_view text) override;
  [[nodiscard]] std::vector<Entry> read(std::uint64_t first_n, std::size_t max_bytes) override;
  void trim(std::uint64_t up_to) override;
  [[nodiscard]] std::uint64_t first_n() const noexcept override;
  [[nodiscard]] std::uint64_t last_n() const noexcept override;
  [[nodiscard]] std::uint64_t n_bytes() const noexcept override { return n_bytes_; }
  [[nodiscard]] bool is_full() const noexcept override { return n_bytes_ >= max_bytes_; }
  void note_position(std::uint64_t number) noexcept override { position_ = number; }

  // A descriptor whose fdatasync() makes all that was appended durable; invalid when nothing was since the last call.
  [[nodiscard]] UniqueFd unsynced();

 private:
  struct File {
    std::string path;
    UniqueFd fd;
    std::uint64_t first_n = 0;
    std::uint64_t last_n = 0;  // 0: nothing in it
    std::uint64_t since = 0;
    std::uint64_t n_bytes = 0;
  };
  FileSpool(std::string directory, std::uint64_t max_bytes);
  [[nodiscard]] Status take_over();
  [[nodiscard]] Status take_over_file(const std::string& path);
  [[nodiscard]] bool begin_file(std::uint64_t first_n);
  [[nodiscard]] File* file_of(std::uint64_t n);

  std::string directory_;
  std::uint64_t max_bytes_;
  std::uint64_t incarnation_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t trimmed_ = 0;
  std::uint64_t n_bytes_ = 0;
  std::deque<File> files_;
  bool has_unsynced_ = false;
  std::string record_;
  struct Cursor {  // where reading continues
    std::uint64_t n = 0;
    std::uint64_t file_first_n = 0;
    std::uint64_t offset = 0;
  };
  Cursor cursor_;
};

}  // namespace ringside::cluster
