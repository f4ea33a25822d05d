// A batch has one Idempotency-Key, however often it is sent: whatever became of an attempt, its events are taken once. A line
// that waits longer than kBatchWait goes out without waiting for more.
#include "cli/send_http.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "cli/exit_code.hpp"
#include "cli/http_batch.hpp"
#include "cli/http_client.hpp"
#include "cli/terminal.hpp"
#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/base/time.hpp"

namespace ringside::cli {
namespace {

constexpr int kBatchWaitMs = 200;
constexpr std::size_t kLongestToken = 64U << 10U;
constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLongestPause{10'000};

std::string new_key() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return fmt::format("{}-{}", ::getpid(), to_ns(system_clock().wall_now()));
  }
  std::string key;
  for (const unsigned char byte : bytes) {
    key += fmt::format("{:02x}", byte);
  }
  return key;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  std::string text(kLongestToken + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return fail_errno("cannot read the token file " + path);
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// Read for each attempt, since whoever rotates it may do so at any time.
Result<std::string> read_token(const std::string& path) {
  Result<std::string> text;
  if (!path.empty()) {
    text = read_file(path);
  } else if (const char* const variable = std::getenv("RINGSIDE_TOKEN"); variable != nullptr) {
    text = variable;
  }
  if (!text) {
    return text;
  }
  const std::string_view token = trim(*text);
  if (path.empty() && token.empty()) {
    return fail("there is no token: give --token-file FILE, or set RINGSIDE_TOKEN");
  }
  // Anything else would end the header that the token goes into.
  if (token.empty() || token.size() > kLongestToken ||
      !std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; })) {
    return fail((path.empty() ? std::string("RINGSIDE_TOKEN") : "the token file " + path) +
                " must have one token, and nothing else");
  }
  return std::string(token);
}

class HttpSender {
 public:
  HttpSender(HttpClient client, const SendHttpOptions& options, std::string url)
      : client_(std::move(client)), options_(options), url_(std::move(url)) {}

  [[nodiscard]] Status add(std::string_view line) {
    batch_.add(line);
    return batch_.is_full() ? flush() : Status();
  }

  [[nodiscard]] Status flush() {
    if (batch_.empty()) {
      return {};
    }
    const std::string key = new_key();
    const MonoTime begin = system_clock().mono_now();
    std::chrono::milliseconds pause = kFirstPause;
    for (;;) {
      std::chrono::milliseconds wait = pause;
      const HttpAnswer answer = attempt(key, wait);
      if (answer.verdict == HttpAnswer::Verdict::kDone) {
        take(answer);
        batch_.clear();
        return {};
      }
      const bool is_late = system_clock().mono_now() + wait - begin > options_.retry_for;
      if (answer.verdict == HttpAnswer::Verdict::kFailed || is_late) {
        return fail(answer.message);
      }
      complain(fmt::format("send: {}; trying again in {} ms", answer.message, wait.count()));
      std::this_thread::sleep_for(wait);
      pause = std::min(pause * 2, kLongestPause);
    }
  }

  [[nodiscard]] std::uint64_t n_accepted() const noexcept { return n_accepted_; }
  [[nodiscard]] std::uint64_t n_rejected() const noexcept { return n_rejected_; }
  [[nodiscard]] std::size_t n_waiting() const noexcept { return batch_.n_events(); }

 private:
  // `wait` becomes what the server asks for, if it does.
  HttpAnswer attempt(const std::string& key, std::chrono::milliseconds& wait) {
    HttpAnswer failed;
    auto token = read_token(options_.token_file);
    if (!token) {
      failed.message = token.error().message;
      return failed;
    }
    const auto response = client_.post({url_, std::move(*token), key, &batch_.body()});
    if (!response) {
      failed.verdict = HttpAnswer::Verdict::kTryAgain;
      failed.message = response.error().message;
      return failed;
    }
    if (const auto seconds = parse_retry_after(response->retry_after)) {
      wait = std::max<std::chrono::milliseconds>(wait, std::chrono::seconds(*seconds));
    }
    return parse_http_answer(response->status, response->body);
  }

  void take(const HttpAnswer& answer) {
    n_accepted_ += answer.n_accepted;
    n_rejected_ += answer.n_rejected;
    for (const HttpAnswer::Rejected& each : answer.rejected) {
      complain(
          fmt::format("line {}: {}", batch_.line_of(each.index), escape_controls(each.message)));
    }
    if (answer.n_rejected > answer.rejected.size()) {
      complain(fmt::format("and {} more of this batch were rejected",
                           answer.n_rejected - answer.rejected.size()));
    }
  }

  HttpClient client_;
  const SendHttpOptions& options_;
  std::string url_;
  HttpBatch batch_;
  std::uint64_t n_accepted_ = 0;
  std::uint64_t n_rejected_ = 0;
};

Status send_stdin(HttpSender& sender) {
  std::array<char, 65536> buffer;
  std::string partial;
  for (;;) {
    pollfd input{0, POLLIN, 0};
    const int n_ready = ::poll(&input, 1, sender.n_waiting() == 0 ? -1 : kBatchWaitMs);
    if (n_ready == 0) {
      if (Status sent = sender.flush(); !sent) {
        return sent;
      }
      continue;
    }
    const ssize_t n = n_ready < 0 ? -1 : ::read(0, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return fail_errno("standard input");
    }
    partial.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t begin = 0;
    for (std::size_t end = partial.find('\n'); end != std::string::npos;
         end = partial.find('\n', begin)) {
      if (Status sent = sender.add(std::string_view(partial).substr(begin, end - begin)); !sent) {
        return sent;
      }
      begin = end + 1;
    }
    partial.erase(0, begin);
    if (n == 0) {
      return partial.empty() ? Status() : sender.add(partial);
    }
  }
}

Status send_events(HttpSender& sender, const std::vector<std::string>& events) {
  for (std::string event : events) {
    std::ranges::replace(event, '\n', ' ');  // a line break in JSON is white space
    if (Status sent = sender.add(event); !sent) {
      return sent;
    }
  }
  return {};
}

}  // namespace

int send_over_http(const SendHttpOptions& options) {
  auto url = events_url(options.url);
  if (!url) {
    complain(
        "send: --url must be an http or https URL without user, query and fragment, such as "
        "https://ringside.example");
    return kUsage;
  }
  if (const auto token = read_token(options.token_file); !token) {
    complain("send: " + token.error().message);
    return kUsage;
  }
  auto client = HttpClient::make(options.authorities);
  if (!client) {
    complain("send: " + client.error().message);
    return kFailed;
  }
  HttpSender sender(std::move(*client), options, std::move(*url));
  Status done = options.events.empty() ? send_stdin(sender) : send_events(sender, options.events);
  if (done) {
    done = sender.flush();
  }
  if (!done) {
    complain(fmt::format("send: {}; {} events were accepted before, {} of the last batch may be",
                         done.error().message, sender.n_accepted(), sender.n_waiting()));
    return kFailed;
  }
  if (sender.n_rejected() > 0) {
    complain(fmt::format("send: {} of {} events were rejected", sender.n_rejected(),
                         sender.n_rejected() + sender.n_accepted()));
    return kBadResult;
  }
  return kOk;
}

}  // namespace ringside::cli
