// What the service manager hears, and what it hands over. Sockets at descriptor 3 and reloads:
// tests/system/test_ingest_life.py.
#include "worker/service_notifier.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace ringside;
using ringside::test::TempDir;

struct Manager {
  TempDir dir;
  UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)};

  Manager() {
    const std::string path = dir / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    RS_EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
                 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  std::string heard() {
    char text[256];
    const ssize_t n = ::recv(socket.get(), text, sizeof text, 0);
    return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "";
  }
};

RS_TEST(the_manager_hears_of_each_step) {
  Manager manager;
  const ServiceNotifier notifier = ServiceNotifier::from_environment();
  notifier.ready();
  RS_EXPECT_EQ(manager.heard(), "READY=1");
  notifier.reloading();
  RS_EXPECT(manager.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  notifier.stopping();
  RS_EXPECT_EQ(manager.heard(), "STOPPING=1");
}

RS_TEST(the_watchdog_is_fed_only_where_there_is_one) {
  Manager manager;
  ::unsetenv("WATCHDOG_USEC");
  ServiceNotifier::from_environment().alive();
  RS_EXPECT_EQ(manager.heard(), "");
  ::setenv("WATCHDOG_USEC", "1000000", 1);
  ServiceNotifier::from_environment().alive();
  RS_EXPECT_EQ(manager.heard(), "WATCHDOG=1");
}

RS_TEST(sockets_meant_for_another_process_are_not_taken) {
  ::setenv("LISTEN_PID", "1", 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", "events.sock", 1);
  RS_EXPECT(!ServiceNotifier::from_environment().take_socket("events.sock").valid());
}

}  // namespace
