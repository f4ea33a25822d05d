// A Feistel network over the two halves of a number of 62 bits, with AES as its round function: AES itself has blocks of 128
// bits, and an id has 64. Eight rounds are twice what a permutation that looks random needs. The lower 48 bits of the number
// are the sequence, the others a salt: 0 for an event, a counter for a place. The uppermost bit of an id marks it.
#include "module/delivery/hidden_ids.hpp"

#include <openssl/evp.h>

#include <cstring>

#include "core/base/check.hpp"

namespace ringside {
namespace {

constexpr unsigned kRounds = 8;
constexpr unsigned kSeqBits = 48;
constexpr std::uint64_t kSeqMask = (std::uint64_t{1} << kSeqBits) - 1;
constexpr std::uint64_t kMaxSalt = (1U << 14U) - 1;
constexpr unsigned kHalfBits = 31;
constexpr std::uint64_t kHalfMask = (std::uint64_t{1} << kHalfBits) - 1;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

}  // namespace

struct HiddenIds::Cipher {
  std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context{EVP_CIPHER_CTX_new()};
};

HiddenIds::HiddenIds(const Key& key) : cipher_(std::make_unique<Cipher>()) {
  std::array<unsigned char, sizeof key> bytes{};
  std::memcpy(bytes.data(), key.data(), bytes.size());
  EVP_CIPHER_CTX* const context = cipher_->context.get();
  RS_CHECK(context != nullptr &&
           EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nullptr, bytes.data(), nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1);
}

HiddenIds::~HiddenIds() = default;

std::uint32_t HiddenIds::mix(std::uint32_t half, unsigned round) const noexcept {
  std::array<unsigned char, 16> block{};
  std::memcpy(block.data(), &half, sizeof half);
  block.back() = static_cast<unsigned char>(round);
  std::array<unsigned char, 32> out{};
  int n_bytes = 0;
  RS_CHECK(EVP_EncryptUpdate(cipher_->context.get(), out.data(), &n_bytes, block.data(),
                             static_cast<int>(block.size())) == 1 &&
           n_bytes == static_cast<int>(block.size()));
  std::uint32_t mixed = 0;
  std::memcpy(&mixed, out.data(), sizeof mixed);
  return static_cast<std::uint32_t>(mixed & kHalfMask);
}

Seq HiddenIds::encrypt(Seq seq, std::uint64_t salt) const noexcept {
  const std::uint64_t number = (seq.value & kSeqMask) | salt << kSeqBits;
  auto left = static_cast<std::uint32_t>(number >> kHalfBits);
  auto right = static_cast<std::uint32_t>(number & kHalfMask);
  for (unsigned round = 0; round < kRounds; ++round) {
    const std::uint32_t next = left ^ mix(right, round);
    left = right;
    right = next;
  }
  return Seq{kMark | std::uint64_t{left} << kHalfBits | right};
}

Seq HiddenIds::hide_place(Seq seq) noexcept {
  n_places_ = n_places_ % kMaxSalt + 1;
  return encrypt(seq, n_places_);
}

Seq HiddenIds::reveal(Seq hidden) const noexcept {
  auto left = static_cast<std::uint32_t>(hidden.value >> kHalfBits & kHalfMask);
  auto right = static_cast<std::uint32_t>(hidden.value & kHalfMask);
  for (unsigned round = kRounds; round-- > 0;) {
    const std::uint32_t before = right ^ mix(left, round);
    right = left;
    left = before;
  }
  return Seq{(std::uint64_t{left} << kHalfBits | right) & kSeqMask};
}

std::optional<std::size_t> place_of_id(std::string_view event_text) noexcept {
  constexpr std::string_view kBegin = R"("id":")";
  constexpr std::string_view kEnd = R"("})";
  if (!event_text.ends_with(kEnd)) {
    return std::nullopt;
  }
  const std::string_view head = event_text.substr(0, event_text.size() - kEnd.size());
  const std::size_t quote = head.rfind('"');
  if (quote == std::string_view::npos || !head.substr(0, quote + 1).ends_with(kBegin) ||
      !parse_event_id(head.substr(quote + 1))) {
    return std::nullopt;
  }
  return quote + 1;
}

std::string with_id(std::string_view event_text, EventId id) {
  const auto place = place_of_id(event_text);
  RS_CHECK(place.has_value());  // a view selects nothing else for those whose ids are hidden
  std::string text(event_text.substr(0, *place));
  text += format_event_id(id);
  text += R"("})";
  return text;
}

}  // namespace ringside
