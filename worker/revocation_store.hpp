#pragma once
// RevocationStore: the file that keeps revocations over a reboot. The control segment, in which
// they take effect, is in memory.
//
// Threads: the loop's; writing is done on libuv's pool. The loop must run until work that has begun
// is done, also after the store is gone.

#include <uv.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/control/control_segment.hpp"

namespace ringside {

// The text of the file: a head line; a line for each revocation with key (hexadecimal), time, and
// end (0: none), both in nanoseconds since 1970; a last line with their number.
[[nodiscard]] std::string format_revocations(const std::vector<RevocationRecord>& revocations);
// Errors: anything that format_revocations() does not write, with its line. A file that is cut off
// is an error, too: who is revoked must not be a matter of luck.
[[nodiscard]] Result<std::vector<RevocationRecord>> parse_revocations(std::string_view text);

class RevocationStore {
 public:
  // `state_dir` is made when something is written to it.
  RevocationStore(uv_loop_t& loop, const std::string& state_dir, ControlSegment& control);
  ~RevocationStore();
  RevocationStore(const RevocationStore&) = delete;
  RevocationStore& operator=(const RevocationStore&) = delete;

  // Puts what the file has into the control segment, in addition to what is there.
  //   Errors: the file cannot be read, is damaged, or has more than there is room for. A file that
  //   does not exist is none.
  [[nodiscard]] Status load();

  // Writes the file when revocations have changed, and once a minute forgets those that have ended
  // or are older than `keep` (0: none). Called with each heartbeat, and once more at the end.
  //   Cost: two loads when nothing has changed; otherwise a pass over the table, 3 MiB.
  void update(std::chrono::milliseconds keep);

 private:
  struct Job;
  void forget(std::chrono::milliseconds keep);
  void save_changes();
  void finish(const Job& job);

  uv_loop_t& loop_;
  std::string path_;
  ControlSegment& control_;
  Job* job_ = nullptr;  // the one that is being written; owned by the loop
  std::optional<std::uint64_t> saved_generation_;
  std::optional<MonoTime> forgot_at_;
  std::optional<MonoTime> failed_at_;
};

}  // namespace ringside
