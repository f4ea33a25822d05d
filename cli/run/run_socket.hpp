#pragma once
// RunSocket: how `ringside step`, `log` and `metric` speak for the run that they are in. A datagram
// is an event; the run sends it with its own, so that it has their order and their patience. Runs
// inside send messages of SaidLines, too.
//   Threads: one. Trust: datagrams of other users are not taken; what they say is checked by the
//   worker like every event.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"

namespace ringside::cli {

class RunSocket {
 public:
  static constexpr std::size_t kLongestEvent = 64U << 10U;

  // In the abstract namespace, with a name that the kernel chooses: no file is left over.
  [[nodiscard]] static Result<RunSocket> create();

  // For kRunSocketVariable.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The next datagram; nothing when there is none now. What looks like an event and is no single line
  // is passed over.
  [[nodiscard]] std::optional<std::string> receive();

  // Sends `event`, a line with its newline or a message, to the run whose socket has `name`. Never waits long.
  // Returns false when that run is not there, or busy.
  [[nodiscard]] static bool send(const std::string& name, std::string_view event);

 private:
  RunSocket(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  UniqueFd fd_;
  std::string name_;
};

}  // namespace ringside::cli
