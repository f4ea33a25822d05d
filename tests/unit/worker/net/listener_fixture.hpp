#pragma once
// What tests of events.sock and events.dgram share: a loop, a pipeline into a real ring, and the
// peer's side of a socket.

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "core/setup/worker_setup.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/unit/worker/sources/source_fixture.hpp"
#include "worker/pipeline.hpp"
#include "worker/ring_log.hpp"

namespace ringside::test {

inline constexpr std::string_view kEvent = "{\"event_type\":\"Any\",\"data\":{}}\n";

struct ListenerFixture : SourceFixture {
  ManualClock clock;
  std::unique_ptr<RingWriter> ring = open_writer(dir / "ring", clock);
  std::unique_ptr<RingWriter> rejected = open_writer(dir / "rejected", clock);
  std::unique_ptr<ControlSegment> control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  Rejects rejects{*rejected};
  RingLog log{*ring};
  Pipeline pipeline{log, rejects, *control, clock};
  std::string path = dir / "events";

  ListenerFixture() {
    RS_EXPECT_OK(control->join(ProcessKind::kWorker));
    std::filesystem::create_directory(dir / "schemas");
    set_limits({.max_event_bytes = 1024, .max_depth = 32});
  }

  void set_limits(EventLimits limits) {
    WorkerOptions options;
    options.schema_dir = dir / "schemas";
    WorkerSetup setup = std::move(make_worker_setup(options).setup);
    pipeline.set_rules(std::move(setup.schemas), std::move(setup.redactor), limits);
  }

  [[nodiscard]] UnixSocket bind(int type) const {
    return RS_UNWRAP(UnixSocket::bind(path, type, 0600));
  }
  // A connection to `path`; invalid when nobody listens.
  [[nodiscard]] UniqueFd connect(int type) const {
    UniqueFd fd(::socket(AF_UNIX, type | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      fd.reset();
    }
    return fd;
  }
  [[nodiscard]] std::uint64_t n_events() { return ring->next_seq().value - 1; }
  [[nodiscard]] std::uint64_t n_rejected() { return rejected->next_seq().value - 1; }
};

inline bool send(const UniqueFd& fd, std::string_view text) {
  return ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size());
}

// What there is to read now; "<end>" after the peer has closed.
inline std::string receive(const UniqueFd& fd) {
  std::string out(4096, '\0');
  const ssize_t n = ::recv(fd.get(), out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return n == 0 ? "<end>" : out;
}

}  // namespace ringside::test
