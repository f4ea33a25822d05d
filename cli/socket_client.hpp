#pragma once
// SocketClient: a connection to events.sock, lines out and answers in. Threads: one.

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

class SocketClient {
 public:
  // Errors: no socket, no listener, no permission; the message names the path.
  [[nodiscard]] static Result<SocketClient> connect(const std::string& path);

  using OnLine = std::function<void(std::string_view)>;
  // Sends all of `bytes`, taking in answers meanwhile, so that neither side waits for the other for
  // ever. Errors: the connection broke.
  [[nodiscard]] Status send(std::string_view bytes, const OnLine& on_line);
  // Waits for more answers. Returns false at the end of the connection.
  [[nodiscard]] Result<bool> receive(const OnLine& on_line);
  void finish_sending() noexcept;
  // For poll: readable when there are answers, or the connection has ended.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  explicit SocketClient(UniqueFd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<bool> read_some(const OnLine& on_line);
  UniqueFd fd_;
  std::string partial_;
};

}  // namespace ringside::cli
