// AES-128-GCM with a random nonce, which is in front of the text; its tag is at the end.
#include "core/auth/ticket.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>

#include "core/auth/base64url.hpp"
#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kHeadBytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t kMaxTextBytes = 16'384;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes_of(std::string& text, std::size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Context make_context(const TicketKey& key, const unsigned char* nonce, bool seals) {
  Context context(EVP_CIPHER_CTX_new());
  std::array<unsigned char, sizeof key> bytes{};
  std::memcpy(bytes.data(), key.data(), bytes.size());
  RS_CHECK(context != nullptr && EVP_CipherInit_ex(context.get(), EVP_aes_128_gcm(), nullptr,
                                                   bytes.data(), nonce, seals ? 1 : 0) == 1);
  return context;
}

}  // namespace

std::string seal_ticket(const TicketKey& key, const TicketContent& content) {
  std::string plain(kHeadBytes, '\0');
  std::memcpy(plain.data(), &content.place, sizeof content.place);
  std::memcpy(plain.data() + sizeof content.place, &content.word, sizeof content.word);
  plain += content.token;
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  RS_CHECK(RAND_bytes(bytes_of(sealed), kNonceBytes) == 1);
  const Context context = make_context(key, bytes_of(sealed), true);
  int n_bytes = 0;
  RS_CHECK(EVP_EncryptUpdate(context.get(), bytes_of(sealed, kNonceBytes), &n_bytes,
                             bytes_of(std::string_view(plain)),
                             static_cast<int>(plain.size())) == 1);
  RS_CHECK(EVP_EncryptFinal_ex(context.get(), bytes_of(sealed, kNonceBytes + plain.size()),
                               &n_bytes) == 1);
  RS_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                               bytes_of(sealed, kNonceBytes + plain.size())) == 1);
  return encode_base64url(sealed);
}

std::optional<TicketContent> open_ticket(const TicketKey& key, std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return std::nullopt;
  }
  auto sealed = decode_base64url(text);
  if (!sealed || sealed->size() < kNonceBytes + kHeadBytes + kTagBytes) {
    return std::nullopt;
  }
  const std::size_t n_plain = sealed->size() - kNonceBytes - kTagBytes;
  const Context context = make_context(key, bytes_of(*sealed), false);
  std::string plain(n_plain, '\0');
  int n_bytes = 0;
  if (EVP_DecryptUpdate(context.get(), bytes_of(plain), &n_bytes, bytes_of(*sealed, kNonceBytes),
                        static_cast<int>(n_plain)) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes,
                          bytes_of(*sealed, kNonceBytes + n_plain)) != 1 ||
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain, n_plain), &n_bytes) != 1) {
    return std::nullopt;
  }
  TicketContent content;
  std::memcpy(&content.place, plain.data(), sizeof content.place);
  std::memcpy(&content.word, plain.data() + sizeof content.place, sizeof content.word);
  content.token = plain.substr(kHeadBytes);
  return content;
}

}  // namespace ringside
