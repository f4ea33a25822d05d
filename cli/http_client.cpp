// Redirects are not followed: a token goes where its owner said, and nowhere else.
#include "cli/http_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "core/base/text.hpp"

namespace ringside::cli {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kStallSeconds = 90;  // without a byte in either direction; the worker is waited for

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* out) {
  auto& body = *static_cast<std::string*>(out);
  const std::size_t n = size * count;
  if (body.size() + n > HttpClient::kMaxBytes) {
    return 0;  // ends the transfer
  }
  body.append(data, n);
  return n;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* out) {
  const std::string_view line(data, size * count);
  constexpr std::string_view kName = "retry-after:";
  if (line.size() > kName.size() && equals_ignoring_case(line.substr(0, kName.size()), kName)) {
    *static_cast<std::string*>(out) = trim(line.substr(kName.size()));
  }
  return line.size();
}

class Headers {
 public:
  Headers() = default;
  ~Headers() { curl_slist_free_all(list_); }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  void add(const std::string& line) { list_ = curl_slist_append(list_, line.c_str()); }
  [[nodiscard]] curl_slist* get() const noexcept { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

}  // namespace

struct HttpClient::Handle {
  CURL* curl = nullptr;
  std::string authorities;
  Handle() = default;
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

HttpClient::HttpClient(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::make(const std::string& authorities) {
  auto handle = std::make_unique<Handle>();
  if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
    handle->curl = curl_easy_init();
  }
  if (handle->curl == nullptr) {
    return fail("libcurl cannot be initialized");
  }
  handle->authorities = authorities;
  return HttpClient(std::move(handle));
}

Result<HttpResponse> HttpClient::post(const HttpRequest& request) {
  CURL* const curl = handle_->curl;
  curl_easy_reset(curl);  // keeps the connection
  HttpResponse response;
  std::array<char, CURL_ERROR_SIZE> detail{};
  Headers headers;
  headers.add("Authorization: Bearer " + request.token);
  headers.add("Content-Type: application/x-ndjson");
  headers.add("Idempotency-Key: " + request.key);
  headers.add("Expect:");  // no waiting for permission: a batch is small
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body->data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(request.body->size()));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "ringside");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, kStallSeconds);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response.retry_after);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  if (!handle_->authorities.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, handle_->authorities.c_str());
  }
  const CURLcode result = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  if (result != CURLE_OK) {
    const std::string_view said = detail.data();
    return fail(fmt::format("{}: {}", request.url,
                            said.empty() ? std::string_view(curl_easy_strerror(result)) : said));
  }
  return response;
}

}  // namespace ringside::cli
