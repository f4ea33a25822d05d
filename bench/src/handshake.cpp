// All connections of one run send the same key: nobody stands between two ends of a loopback who
// could be fooled by it, and the expected answer is then worked out once.
#include "bench/src/handshake.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace ringside::bench {
namespace {

constexpr std::string_view kKey = "cmluZ3NpZGUtYmVuY2gtMQ==";
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string accept_for(std::string_view key) {
  const std::string text = std::string(key) + std::string(kGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> base64{};
  const int size = EVP_EncodeBlock(base64.data(), digest.data(), SHA_DIGEST_LENGTH);
  return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(size)};
}

}  // namespace

std::string upgrade_request(const Upgrade& upgrade) {
  std::string text = "GET " + upgrade.target +
                     " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                     std::string(kKey) + "\r\n";
  if (!upgrade.subprotocol.empty()) {
    text += "Sec-WebSocket-Protocol: " + upgrade.subprotocol + "\r\n";
  }
  if (upgrade.offer_deflate) {
    text += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  }
  return text + "\r\n";
}

std::string_view header_value(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    const std::size_t colon = line.find(':');
    if (colon != name.size() ||
        !std::equal(name.begin(), name.end(), line.begin(), [](char want, char have) {
          return want == std::tolower(static_cast<unsigned char>(have));
        })) {
      continue;
    }
    const std::size_t begin = line.find_first_not_of(' ', colon + 1);
    return begin == std::string_view::npos ? std::string_view{} : line.substr(begin);
  }
  return {};
}

std::string check_upgrade_answer(std::string_view head) {
  static const std::string expected = accept_for(kKey);
  if (!head.starts_with("HTTP/1.1 101")) {
    return "refused: " + std::string(head.substr(0, head.find("\r\n")));
  }
  return header_value(head, "sec-websocket-accept") == expected ? "" : "wrong Sec-WebSocket-Accept";
}

std::string upgrade_answer(std::string_view head) {
  const std::string_view key = header_value(head, "sec-websocket-key");
  if (key.empty()) {
    return {};
  }
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_for(key) + "\r\n\r\n";
}

}  // namespace ringside::bench
