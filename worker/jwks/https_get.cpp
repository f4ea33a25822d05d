// libcurl checks the certificate and its name unless told otherwise; it is told so nevertheless, for whoever reads this.
#include "worker/jwks/https_get.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace ringside {
namespace {

struct Body {
  std::string text;
  std::size_t max_bytes;
  bool is_too_long = false;
};

std::size_t take(char* data, std::size_t size, std::size_t n, void* user) {
  auto& body = *static_cast<Body*>(user);
  if (body.text.size() + size * n > body.max_bytes) {
    body.is_too_long = true;
    return 0;
  }
  body.text.append(data, size * n);
  return size * n;
}

int is_cancelled(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* const cancelled = static_cast<const std::atomic<bool>*>(user);
  return cancelled != nullptr && cancelled->load() ? 1 : 0;
}

struct CleanUp {
  void operator()(CURL* curl) const noexcept { curl_easy_cleanup(curl); }
};

}  // namespace

Result<std::string> https_get(const HttpsGet& request) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, CleanUp> curl(ready == CURLE_OK ? curl_easy_init() : nullptr);
  if (curl == nullptr) {
    return fail("libcurl cannot be used");
  }
  Body body{{}, request.max_bytes};
  std::string error(CURL_ERROR_SIZE, '\0');
  const auto set = [&curl](CURLoption option, auto value) {
    return curl_easy_setopt(curl.get(), option, value) == CURLE_OK;
  };
  const bool is_set =
      set(CURLOPT_URL, request.url.c_str()) && set(CURLOPT_PROTOCOLS_STR, "https") &&
      set(CURLOPT_FOLLOWLOCATION, 0L) && set(CURLOPT_SSL_VERIFYPEER, 1L) &&
      set(CURLOPT_SSL_VERIFYHOST, 2L) && set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2}) &&
      (request.ca_file.empty() || set(CURLOPT_CAINFO, request.ca_file.c_str())) &&
      set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_USERAGENT, "ringsided") &&
      set(CURLOPT_TIMEOUT, static_cast<long>(request.deadline.count())) &&
      set(CURLOPT_MAXFILESIZE, static_cast<long>(request.max_bytes)) &&
      set(CURLOPT_WRITEFUNCTION, &take) && set(CURLOPT_WRITEDATA, &body) &&
      set(CURLOPT_NOPROGRESS, 0L) && set(CURLOPT_XFERINFOFUNCTION, &is_cancelled) &&
      set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(request.cancelled)) &&
      set(CURLOPT_ERRORBUFFER, error.data());
  if (!is_set) {
    return fail("libcurl is too old");
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (body.is_too_long || code == CURLE_FILESIZE_EXCEEDED) {
    return fail(fmt::format("the answer has more than {} bytes", request.max_bytes));
  }
  if (code != CURLE_OK) {
    return fail(error[0] != '\0' ? error.c_str() : curl_easy_strerror(code));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    return fail(fmt::format("answered with {}", status));
  }
  return std::move(body.text);
}

}  // namespace ringside
