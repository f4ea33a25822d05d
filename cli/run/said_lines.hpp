#pragma once
// SaidLines: which lines of a command's output a run inside it has logged already. They pass through
// this run's pipe, too, and would be in the log twice.
//   Threads: one. Memory: at most kMost hashes; of too many the newest are not kept, which costs a
//   line that is logged twice, and never one that is not logged.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringside::cli {

using LineHash = std::uint64_t;
[[nodiscard]] LineHash hash_of_line(std::string_view text, std::size_t n_cut) noexcept;

class SaidLines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMost = 200'000;
  // For so long the hashes of a run that has ended are kept: its lines may still be in the pipe.
  static constexpr std::chrono::seconds kAfterEnd{10};

  // A run inside says that it begins, that it ends, or what it has logged: messages that
  // message_of_*() made. Returns false for what is none of these.
  bool take_message(std::string_view message, Time now);
  // Whether a run inside may still say that it has logged a line. One that has ended has said it.
  [[nodiscard]] bool is_active() const noexcept { return n_runs_ != 0; }
  // Whether a run inside has logged a line with this hash; once for each that it has.
  [[nodiscard]] bool take(LineHash hash) noexcept;

  [[nodiscard]] static std::string message_of_begin() { return "B"; }
  [[nodiscard]] static std::string message_of_end() { return "E"; }
  // At most kInMessage of them.
  static constexpr std::size_t kInMessage = 4096;
  [[nodiscard]] static std::string message_of_lines(const std::vector<LineHash>& hashes,
                                                    std::size_t begin);

 private:
  std::unordered_map<LineHash, std::uint32_t> lines_;
  std::size_t n_runs_ = 0;
  Time last_end_{};
};

}  // namespace ringside::cli
