#include "module/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "core/base/unique_fd.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

// The service manager's end of NOTIFY_SOCKET.
class Manager {
 public:
  Manager() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const std::string path = dir_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    RS_EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~Manager() { ::unsetenv("NOTIFY_SOCKET"); }
  std::string heard() {
    std::array<char, 256> buffer{};
    const ssize_t n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
  }

 private:
  TempDir dir_;
  UniqueFd fd_;
};

}  // namespace

RS_TEST(ready_is_said_once_and_the_watchdog_is_fed_in_time) {
  Manager manager;
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  ManualClock clock;
  ServiceManager services(clock);
  services.tick();
  RS_EXPECT(manager.heard().empty());  // not before it is ready
  services.ready();
  services.ready();
  RS_EXPECT_EQ(manager.heard(), "READY=1");
  RS_EXPECT(manager.heard().empty());
  services.tick();
  RS_EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  services.tick();
  RS_EXPECT(manager.heard().empty());
  clock.advance(std::chrono::seconds(1));
  services.tick();
  RS_EXPECT_EQ(manager.heard(), "WATCHDOG=1");
  ::unsetenv("WATCHDOG_USEC");
}
