#pragma once
// JwksUpdater: keeps a file with the public keys of an identity provider (a JWK set, RFC 7517) as its URL has them. The plugin
// reads the file and never the network: `"keys": "jwks:FILE"`.
//
// The file changes only to a set that can be used; whatever goes wrong, the last good one stays, and it is tried again, at first
// after seconds and then less and less often.
//
// Threads: the loop's; the request itself runs on libuv's pool.

#include <uv.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "worker/net/loop_handles.hpp"

namespace ringside {

struct JwksOptions {
  std::string uri;      // empty: nothing is fetched
  std::string file;     // where the keys go
  std::string ca_file;  // see HttpsGet
  std::chrono::milliseconds interval{0};
  bool operator==(const JwksOptions&) const = default;
};

// The set as it may be given to the plugin. Errors: not a set, without a key that can be used, or with one that is secret.
[[nodiscard]] Status check_jwk_set(const std::string& text);
// Replaces the file at once, if its contents differ. Errors: of the file system.
[[nodiscard]] Status write_jwk_file(const std::string& path, const std::string& text);

class JwksUpdater {
 public:
  // `count(good)` after each attempt.
  JwksUpdater(uv_loop_t* loop, JwksOptions options, std::function<void(bool good)> count);
  ~JwksUpdater();
  JwksUpdater(const JwksUpdater&) = delete;
  JwksUpdater& operator=(const JwksUpdater&) = delete;

  void start() { fetch(); }
  [[nodiscard]] const JwksOptions& options() const noexcept { return options_; }
  // How long to wait after so many failures in a row: 5 s, doubled each time, at most the interval.
  [[nodiscard]] static std::chrono::milliseconds delay_after(
      unsigned n_failures, std::chrono::milliseconds interval) noexcept;

 private:
  struct Attempt;
  void fetch();
  void finish(const Status& result);

  uv_loop_t* loop_;
  JwksOptions options_;
  std::function<void(bool good)> count_;
  LoopTimer timer_;
  std::shared_ptr<Attempt> attempt_;  // null between two; outlives this until its thread has ended
  unsigned n_failures_ = 0;
};

}  // namespace ringside
