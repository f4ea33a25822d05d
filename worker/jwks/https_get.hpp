#pragma once
// One GET over TLS, with every bound that a request to a stranger needs. The only place that includes libcurl.
//
// Threads: any; blocks until the answer is there or a deadline has passed, so not on the loop's thread.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

#include "core/base/result.hpp"

namespace ringside {

struct HttpsGet {
  std::string url;      // https:// only; redirections are not followed
  std::string ca_file;  // the certificates to trust; empty: those of the system
  std::size_t max_bytes = 256u << 10u;
  std::chrono::seconds deadline{15};
  const std::atomic<bool>* cancelled = nullptr;  // ends it within a second when true
};

// The body of a 200. Errors: everything else, with the reason; the body of another answer is not among it.
[[nodiscard]] Result<std::string> https_get(const HttpsGet& request);

}  // namespace ringside
