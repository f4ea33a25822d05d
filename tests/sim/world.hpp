#pragma once
// World: one simulated process: a hub on a real ring with a manual clock, a host that does what the hub asks for when the
// clock says so, a writer that dies and comes back, and clients that stall, split their messages, change their minds, close
// and return. One seed decides everything.

#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/ring/writer.hpp"
#include "module/hub.hpp"
#include "module/vhost.hpp"
#include "tests/sim/dice.hpp"
#include "tests/sim/log.hpp"
#include "tests/sim/viewer.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::sim {

class World {
 public:
  explicit World(std::uint64_t seed);
  ~World();

  // One random step. Returns whether all is well; what is not is in violation().
  bool step();
  // Lets everything come to rest and checks that nothing is missing.
  bool finish();
  [[nodiscard]] const std::string& violation() const { return violation_; }
  [[nodiscard]] std::uint64_t n_events() const { return n_events_; }
  [[nodiscard]] std::uint64_t n_received() const;
  // A hash of all that the server has sent: the same for each run of a seed. After finish().
  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] std::uint64_t n_turns() const { return n_turns_; }

  static constexpr std::chrono::seconds kPingInterval{10};
  static constexpr const char* kSecret =
      "0123456789abcdef0123456789abcdef";  // that signs the tokens
  // The value, or an exception that ends the simulation.
  template <class T>
  static T unwrap(Result<T> result) {
    if (!result) {
      throw std::runtime_error(result.error().message);
    }
    return std::move(*result);
  }

 private:
  // With an epoch, a ring of another one is replaced.
  void open_ring(std::size_t capacity, Epoch epoch);
  void append();
  void connect();
  void disconnect(std::size_t i);
  void come_back(std::size_t i);
  void read_some(Viewer& viewer, std::size_t n_bytes);
  void let_time_pass(std::chrono::nanoseconds by);
  void let_much_time_pass();
  void check_dead();
  void turn(void (Hub::*call)());
  void serve_host();
  void settle();
  void act(Viewer& viewer);
  void change_view(Viewer& viewer);
  void renew(Viewer& viewer);
  void replay(Viewer& viewer);
  void debug(Viewer& viewer);
  void restart_writer();
  void replace_ring();
  void revoke();
  void bury_closed();
  void check_all();
  void check_quotas();
  [[nodiscard]] Wish random_wish(const Wish& now);
  [[nodiscard]] std::string subscribe_text(const Wish& wish, const std::string& since) const;
  [[nodiscard]] std::string id_of(std::uint64_t seq) const;
  // As someone with this wish knows it.
  [[nodiscard]] std::string id_of(std::uint64_t seq, const Wish& wish) const;
  [[nodiscard]] std::string token(const std::string& user, const Wish& wish) const;
  [[nodiscard]] std::set<int> random_rows();
  [[nodiscard]] Encoding& encoding_of(Wire wire);
  void expect_arrival(Viewer& viewer);
  Viewer& add_viewer(const std::string& user, Wish wish, Arrival arrival, bool rate_limited);

  Dice dice_;
  test::TempDir dir_;
  test::ManualClock clock_;
  std::unique_ptr<RingWriter> writer_;
  std::shared_ptr<Hub> hub_;
  std::unique_ptr<Vhost> vhost_;
  std::unique_ptr<HiddenIds> ids_;
  Log log_;
  Log old_log_;
  std::string old_epoch_ = "00000001";
  std::vector<std::unique_ptr<Viewer>> viewers_;
  bool woken_ = false;
  bool ring_has_grown_ = false;  // and the hub does not know
  MonoTime timer_at_ = MonoTime::max();
  MonoTime tick_at_{};
  std::size_t capacity_ = 64U << 10U;
  unsigned n_revoked_ = 0;
  std::uint64_t n_events_ = 0;
  std::uint64_t n_turns_ = 0;
  std::uint64_t n_received_by_gone_ = 0;
  std::uint64_t digest_ = 0;  // of the sockets that are gone
  std::string violation_;
};

}  // namespace ringside::sim
