// Users can choose their names at many identity providers, and an unkeyed hash lets them choose
// names that collide with each other or with another user. XXH3 is fast, but it is not made to
// resist that, even with a seed. SHA-256 is, and one name is hashed for each connection only.
#include "core/control/identity_hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <memory>

#include "core/base/check.hpp"

namespace ringside::control {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

std::uint64_t identity_hash(const HashKey& key, std::string_view name) noexcept {
  static EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // half of the cost
  const std::array<std::uint64_t, 2> prefix{key.low, key.high};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  // Only an exhausted memory or a broken OpenSSL makes these fail, and a made-up hash would mix up
  // users.
  RS_CHECK(context != nullptr && EVP_DigestInit_ex(context.get(), sha256, nullptr) == 1 &&
           EVP_DigestUpdate(context.get(), prefix.data(), sizeof prefix) == 1 &&
           EVP_DigestUpdate(context.get(), name.data(), name.size()) == 1 &&
           EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  std::uint64_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash < 2 ? hash + 2 : hash;
}

}  // namespace ringside::control
