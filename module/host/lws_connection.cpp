// Bytes go to the socket directly where nothing of lws' waits; lws gets the rest, the errors, and everything of TLS.
#include "module/host/lws_connection.hpp"

#include <sys/socket.h>

#include <utility>

namespace ringside {
namespace {

static_assert(kSendHeadroom >= LWS_PRE);

constexpr int kCloseHardStopSeconds = 5;
constexpr std::size_t kMaxReasonBytes = 123;  // RFC 6455 section 5.5: 125 bytes, 2 of them the code

}  // namespace

LwsConnection::LwsConnection(lws* wsi)
    : wsi_(wsi), plain_fd_(lws_is_ssl(wsi) != 0 ? -1 : lws_get_socket_fd(wsi)) {}

bool LwsConnection::send(std::span<std::byte> bytes) noexcept {
  if (plain_fd_ >= 0) {
    const ssize_t n = ::send(plain_fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == static_cast<ssize_t>(bytes.size())) {
      return true;
    }
    bytes = bytes.subspan(n > 0 ? static_cast<std::size_t>(n) : 0);
  }
  // lws: LWS_WRITE_HTTP on HTTP/1.1, a WebSocket included, sends the bytes as they are; ours are whole frames already.
  const int sent =
      lws_write(wsi_, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), LWS_WRITE_HTTP);
  if (sent >= static_cast<int>(bytes.size())) {
    return true;
  }
  cut_off();
  return false;
}

void LwsConnection::close(CloseCode code, std::string_view reason) noexcept {
  close_code_ = static_cast<std::uint16_t>(code);
  close_reason_ = reason.substr(0, kMaxReasonBytes);
  lws_callback_on_writable(wsi_);
  // A peer that never reads never becomes writable.
  lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, kCloseHardStopSeconds);
}

SendProgress LwsConnection::progress() const noexcept {
  SendProgress progress = send_progress_of(lws_get_socket_fd(wsi_));
  progress.pending = progress.pending || busy();
  return progress;
}

void LwsConnection::prefetch() const noexcept {
  constexpr std::size_t kCacheLine = 64;
  constexpr std::size_t kTouched = 1024;  // of struct lws, when bytes are written
  for (std::size_t offset = 0; offset < kTouched; offset += kCacheLine) {
    __builtin_prefetch(reinterpret_cast<const char*>(wsi_) + offset);
  }
}

// lws: calls WRITEABLE once more when the close frame is out and the peer's is awaited; to end it then would cut off a
// peer that is still sending, before it has read the code. That is done only where the rest of a message waits to be
// inflated, over which lws would turn in circles for as long as it waits.
int LwsWebSocket::end_now() noexcept {
  if (std::exchange(ended_, true)) {
    return compressed_ && close_code() == CloseCode::kMessageTooBig ? -1 : 0;
  }
  lws_close_reason(wsi(), static_cast<lws_close_status>(close_code()),
                   reinterpret_cast<unsigned char*>(close_reason().data()), close_reason().size());
  return -1;
}

// lws: lws_wsi_close() does not compile in C++; this is its expansion.
void LwsConnection::cut_off() noexcept {
  lws_set_timeout(wsi_, static_cast<pending_timeout>(1), LWS_TO_KILL_ASYNC);
}

}  // namespace ringside
