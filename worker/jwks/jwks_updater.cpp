// An attempt is shared with the thread that makes it: a worker that stops, or is reloaded, cancels it and does not wait.
#include "worker/jwks/jwks_updater.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/auth/jwk.hpp"
#include "core/auth/pem.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/base/read_file.hpp"
#include "core/base/unique_fd.hpp"
#include "worker/jwks/https_get.hpp"

namespace ringside {
namespace {

constexpr std::chrono::seconds kFirstDelay{5};
constexpr unsigned kMaxDoublings = 16;
constexpr mode_t kFileMode = 0644;  // public keys

}  // namespace

struct JwksUpdater::Attempt {
  HttpsGet request;
  std::string file;
  std::atomic<bool> cancelled{false};
  Status result;
  JwksUpdater* owner = nullptr;  // null when it has gone; used on the loop's thread only
};

Status check_jwk_set(const std::string& text) {
  const auto parsed = Json::parse(text);
  if (!parsed || !(*parsed)["keys"].is_array()) {
    return fail("is not a JWK set");
  }
  Status found;
  (*parsed)["keys"].for_each_element([&](JsonRef key) {
    if (key["k"].present() || key["d"].present()) {
      found = fail("has a secret key, which nobody may publish");
    }
    return found.has_value();
  });
  if (!found) {
    return found;
  }
  const auto keys = parse_jwk_set(text);
  return keys ? Status() : Status(tl::unexpected(keys.error()));
}

Status write_jwk_file(const std::string& path, const std::string& text) {
  if (const auto old = read_whole_file(path); old && *old == text) {
    return {};
  }
  const std::string next = path + ".new";
  ::unlink(next.c_str());
  const UniqueFd file(::open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
  if (file.get() < 0) {
    return fail_errno(next);
  }
  std::size_t n_written = 0;
  while (n_written < text.size()) {
    const ssize_t n = ::write(file.get(), text.data() + n_written, text.size() - n_written);
    if (n < 0 && errno != EINTR) {
      return fail_errno(next);
    }
    n_written += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  // The worker's mask would take the reading away from the web server's user.
  if (::fchmod(file.get(), kFileMode) != 0 || ::fsync(file.get()) != 0 ||
      ::rename(next.c_str(), path.c_str()) != 0) {
    return fail_errno(path);
  }
  return {};
}

JwksUpdater::JwksUpdater(uv_loop_t* loop, JwksOptions options, std::function<void(bool)> count)
    : loop_(loop),
      options_(std::move(options)),
      count_(std::move(count)),
      timer_(loop, [this] { fetch(); }) {}

JwksUpdater::~JwksUpdater() {
  if (attempt_ != nullptr) {
    attempt_->cancelled = true;
    attempt_->owner = nullptr;
  }
}

std::chrono::milliseconds JwksUpdater::delay_after(unsigned n_failures,
                                                   std::chrono::milliseconds interval) noexcept {
  if (n_failures == 0) {
    return interval;
  }
  return std::min<std::chrono::milliseconds>(
      interval, kFirstDelay * (1U << std::min(n_failures - 1, kMaxDoublings)));
}

void JwksUpdater::fetch() {
  auto attempt = std::make_shared<Attempt>();
  attempt->request.url = options_.uri;
  attempt->request.ca_file = options_.ca_file;
  attempt->request.cancelled = &attempt->cancelled;
  attempt->file = options_.file;
  attempt->owner = this;
  attempt_ = attempt;
  const auto work = [attempt] {
    const auto text = https_get(attempt->request);
    attempt->result = text ? check_jwk_set(*text) : Status(tl::unexpected(text.error()));
    if (attempt->result && !attempt->cancelled) {
      attempt->result = write_jwk_file(attempt->file, *text);
    }
  };
  const auto done = [attempt] {
    if (attempt->owner != nullptr) {
      attempt->owner->finish(attempt->result);
    }
  };
  if (!run_on_pool(loop_, work, done)) {
    finish(fail("no thread can be started"));
  }
}

void JwksUpdater::finish(const Status& result) {
  attempt_.reset();
  count_(result.has_value());
  if (result) {
    if (n_failures_ > 0) {
      log::info("keys of {}: fetched again", options_.uri);
    }
    n_failures_ = 0;
  } else {
    if (n_failures_ == 0) {
      log::warn("keys of {}: {}; the last good ones stay in {}", options_.uri,
                result.error().message, options_.file);
    }
    ++n_failures_;
  }
  timer_.start(delay_after(n_failures_, options_.interval));
}

}  // namespace ringside
