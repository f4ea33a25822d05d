#pragma once
// HttpClient: POST over HTTP or HTTPS, with libcurl: TLS with the system's authorities, proxies from the environment. Keeps its
// connection between requests.  Threads: one.

#include <memory>
#include <string>

#include "core/base/result.hpp"

namespace ringside::cli {

struct HttpRequest {
  std::string url;
  std::string token;
  std::string key;  // Idempotency-Key
  const std::string* body = nullptr;
};

struct HttpResponse {
  long status = 0;
  std::string body;         // at most kMaxBytes of it
  std::string retry_after;  // header, empty: none
};

class HttpClient {
 public:
  static constexpr std::size_t kMaxBytes = 1U << 20U;

  // `authorities`: a file of certificates to trust instead of the system's; empty: none.
  //   Errors: libcurl cannot be initialized.
  [[nodiscard]] static Result<HttpClient> make(const std::string& authorities);
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  // Errors: no answer, with the reason; whether the server has the events is not known then.
  [[nodiscard]] Result<HttpResponse> post(const HttpRequest& request);

 private:
  struct Handle;
  explicit HttpClient(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace ringside::cli
