// What is in the socket stays there for the worker, also when it is stopped. So it is not waited for: a
// script that says a thousand things must not wait a thousand times. The run around has patience,
// where there is one.
#include "cli/say.hpp"

#include "cli/relay.hpp"
#include "cli/run/run_identity.hpp"
#include "cli/run/run_socket.hpp"
#include "cli/run_dir_hint.hpp"
#include "cli/terminal.hpp"

namespace ringside::cli {

void say_at_once(const SayTo& to, std::string_view events) {
  const RunEnvironment outside = RunEnvironment::of_process();
  while (!outside.run_socket.empty() && to.socket.empty() && !events.empty()) {
    const std::size_t end = events.find('\n') + 1;
    if (!RunSocket::send(outside.run_socket, events.substr(0, end))) {
      break;
    }
    events.remove_prefix(end);
  }
  if (events.empty()) {
    return;
  }
  Relay relay(to.socket.empty() ? to.run_dir + "/events.sock" : to.socket,
              [&](const std::string& message) {
                if (to.verbose) {
                  complain(message);
                }
              });
  const Status connected = relay.connect();
  relay.send(events);
  if (!connected && to.verbose) {
    complain(connected.error().message +
             (to.socket.empty() ? run_dir_hint(to.run_dir) : "; does ringsided listen there?"));
  }
}

}  // namespace ringside::cli
