#pragma once
// RefusalLog: one line in the log for a client that was refused, at a rate that a log can bear. docs/examples/fail2ban.conf
// reads them. Threads: the lws service thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.hpp"
#include "core/proto/http_error.hpp"
#include "module/rate_limit.hpp"

namespace ringside {

class RefusalLog {
 public:
  static constexpr std::uint32_t kLinesPerSecond = 5;

  struct Client {
    std::string_view address;
    std::string_view path;
    std::string_view user;  // empty where no token was verified
  };

  // The line to be logged: "refused 203.0.113.7 on /ws: 401 unauthenticated: the token has expired". Nothing where the rate
  // is used up; the next line then says how many had none. Cost of nothing: a comparison.
  [[nodiscard]] std::optional<std::string> line_for(const Client& client, unsigned status,
                                                    std::string_view code, std::string_view message,
                                                    MonoTime now);

 private:
  RateWindow window_;
  std::uint64_t n_left_out_ = 0;
};

}  // namespace ringside
