#pragma once
// HttpBatch: lines of events that go out in one request, and what the answer says about them.
//
// Threads: pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringside::cli {

class HttpBatch {
 public:
  static constexpr std::size_t kMaxEvents = 1000;
  static constexpr std::size_t kMaxBytes = 1U << 20U;

  // Takes a line without its end; a blank one is counted as a line, and is not sent.
  void add(std::string_view line);
  [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
  [[nodiscard]] bool is_full() const noexcept {
    return lines_.size() >= kMaxEvents || body_.size() >= kMaxBytes;
  }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] std::size_t n_events() const noexcept { return lines_.size(); }
  // The line of the input, from 1, on which the event with that index was.
  [[nodiscard]] std::uint64_t line_of(std::uint64_t index) const noexcept;
  // For the next batch of the same input.
  void clear() noexcept;

 private:
  std::string body_;
  std::vector<std::uint64_t> lines_;
  std::uint64_t n_lines_ = 0;  // of the input, so far
};

struct HttpAnswer {
  struct Rejected {
    std::uint64_t index = 0;
    std::string message;
  };
  enum class Verdict {
    kDone,      // all events were dealt with
    kTryAgain,  // nothing is known, or nothing was taken: the same request may be sent again
    kFailed,    // sending it again would not help
  };

  Verdict verdict = Verdict::kFailed;
  std::uint64_t n_accepted = 0;
  std::uint64_t n_rejected = 0;
  std::vector<Rejected> rejected;  // the first ones
  std::string message;             // unless kDone: why, for people
};

// Of POST /events; `body` may be anything.
[[nodiscard]] HttpAnswer parse_http_answer(long status, std::string_view body);

// Seconds of a Retry-After header (RFC 9110 section 10.2.3), at most a minute; nothing for a date and for anything else.
[[nodiscard]] std::optional<unsigned> parse_retry_after(std::string_view value);

// The URL to send to: `url` with the path /events where it has none. Nothing when it is not an http or https URL.
[[nodiscard]] std::optional<std::string> events_url(std::string_view url);

}  // namespace ringside::cli
