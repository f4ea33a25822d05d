#pragma once
// RefusalLog: lines in the log for clients that are refused, at a rate that a log can bear. docs/examples/fail2ban.conf reads
// them.
//
//   if (log.admits()) {
//     log::info("{}", log.line(address, path, refusal));
//   }
//
// Threads: the lws service thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/proto/http_error.hpp"
#include "module/rate_limit.hpp"

namespace ringside {

class RefusalLog {
 public:
  static constexpr std::uint32_t kLinesPerSecond = 5;

  explicit RefusalLog(const Clock& clock) : clock_(clock) {}

  // Whether the rate leaves room for a line about this refusal; if not, the next line counts it. Cost: a comparison.
  [[nodiscard]] bool admits();

  // "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired (user alice)". At most some 400 bytes and the
  // message, which is ours.
  [[nodiscard]] std::string line(std::string_view address, std::string_view path,
                                 const Refusal& refusal);

 private:
  const Clock& clock_;
  RateWindow window_;
  std::uint64_t n_left_out_ = 0;
};

}  // namespace ringside
