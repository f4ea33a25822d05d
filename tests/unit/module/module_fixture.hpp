#pragma once
// What the plugin's tests share: a run directory with a real ring and a real control segment, a hub
// and a vhost over them, and a connection that remembers what was sent to it.

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/auth/token.hpp"
#include "core/base/json.hpp"
#include "core/ring/writer.hpp"
#include "module/session.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

// Takes frames apart again; throws away pings.
class FakeConnection final : public Connection {
 public:
  bool socket_full = false;  // what busy() says
  bool fills_with_each_send = false;
  std::deque<std::string> texts;  // payloads of text frames, oldest first
  std::size_t n_sends = 0;
  std::size_t n_pings = 0;
  bool is_stream = false;  // keeps what is sent in `body` instead of taking frames apart
  std::string body;
  std::uint16_t close_code = 0;
  std::string close_reason;
  bool wants_writable = false;
  bool is_read = true;
  SendProgress sent;  // what progress() says
  bool is_cut_off = false;
  std::function<void()> before_send;  // once

  mutable std::size_t n_looks = 0;  // calls of busy()

  [[nodiscard]] bool busy() const noexcept override {
    ++n_looks;
    return socket_full;
  }
  [[nodiscard]] bool send(std::span<std::byte> frames) noexcept override {
    ++n_sends;
    if (const auto what = std::exchange(before_send, nullptr)) {
      what();
    }
    const std::string_view bytes(reinterpret_cast<const char*>(frames.data()), frames.size());
    if (is_stream) {
      body += bytes;
    } else {
      take_apart(bytes);
    }
    socket_full = fills_with_each_send;
    return true;
  }
  void request_writable() noexcept override { wants_writable = true; }
  void read(bool wanted) noexcept override { is_read = wanted; }
  void close(CloseCode code, std::string_view reason) noexcept override {
    close_code = static_cast<std::uint16_t>(code);
    close_reason = reason;
  }
  [[nodiscard]] SendProgress progress() const noexcept override { return sent; }
  void cut_off() noexcept override { is_cut_off = true; }

  // The next message, parsed; fails the test when there is none.
  Json next() {
    if (texts.empty()) {
      RS_FAIL("no message was sent");
    }
    const std::string text = std::move(texts.front());
    texts.pop_front();
    return RS_UNWRAP(Json::parse(text));
  }
  // `data.n` of every event that was sent, batches unpacked; other messages are skipped.
  std::vector<std::int64_t> event_numbers() {
    std::vector<std::int64_t> numbers;
    while (!texts.empty()) {
      const Json message = next();
      const auto add = [&](JsonRef event) {
        if (const auto n = event["data"]["n"].as_integer()) {
          numbers.push_back(*n);
        }
        return true;
      };
      add(message.ref());
      message["events"].for_each_element(add);
    }
    return numbers;
  }

 private:
  void take_apart(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
      std::size_t n = byte(1);
      std::size_t header = 2;
      if (n >= 126) {
        const std::size_t width = n == 126 ? 2 : 8;
        n = 0;
        for (std::size_t i = 0; i < width; ++i) {
          n = n << 8U | byte(2 + i);
        }
        header += width;
      }
      if ((byte(0) & 0x0FU) == 0x9) {
        ++n_pings;
      } else {
        texts.emplace_back(bytes.substr(header, n));
      }
      bytes.remove_prefix(header + n);
    }
  }
};

// Plugin options by name, as they would be in the vhost.
using Settings = std::vector<std::pair<std::string, std::string>>;

// The host's scheduler on a ManualClock: remembers what the hub has asked for, and does it when it is told to.
class TestHost {
 public:
  explicit TestHost(ManualClock& clock) : clock_(clock) {}

  [[nodiscard]] Hub::Host host() {
    return {[this] { woken_ = true; },
            [this](std::chrono::milliseconds delay) { timer_at_ = clock_.mono_now() + delay; }};
  }
  void serve(Hub& hub) { hub_ = &hub; }
  [[nodiscard]] bool woken() const noexcept { return woken_; }
  [[nodiscard]] MonoTime timer_at() const noexcept { return timer_at_; }

  // The turn that was asked for.
  void turn() {
    if (woken_.exchange(false)) {
      hub_->on_wake();
    }
  }
  // Turns, as many as are asked for; a hub that never has enough fails the test.
  void settle() {
    for (int turn = 0; turn < 10'000; ++turn) {
      if (!woken_.exchange(false)) {
        return;
      }
      hub_->on_wake();
    }
    RS_FAIL("the hub asks for turns without end");
  }
  // Time passes; timers that are due call, ticks do not.
  void advance(std::chrono::nanoseconds by) {
    const MonoTime end = clock_.mono_now() + by;
    while (timer_at_ <= end) {
      clock_.advance(std::max(timer_at_ - clock_.mono_now(), std::chrono::nanoseconds(0)));
      timer_at_ = MonoTime::max();
      hub_->on_timer();
      settle();
    }
    clock_.advance(end - clock_.mono_now());
  }

 private:
  ManualClock& clock_;
  Hub* hub_ = nullptr;
  std::atomic<bool> woken_{false};  // the wake thread sets it, too
  MonoTime timer_at_ = MonoTime::max();
};

class ModuleFixture {
 public:
  explicit ModuleFixture(Settings options = {}) {
    RingOptions ring;
    ring.path = dir / "ring";
    ring.capacity_bytes = 64U << 10U;
    writer = RS_UNWRAP(RingWriter::open(ring, clock));
    writer->beat();
    hub = std::make_shared<Hub>(dir.path().string(), host.host(), clock);
    host.serve(*hub);
    options.emplace_back("run-dir", dir.path().string());
    options.emplace_back("keys", "HS256:" + dir.write("jwt.secret", secret));
    PluginOptionsResult loaded = load_plugin_options(options);
    RS_EXPECT(loaded.errors.empty());
    vhost = RS_UNWRAP(Vhost::make(std::move(loaded.options), hub, clock));
  }

  static constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";

  // Appends one event with data {"n":n} and members of `more` (JSON without braces, may be empty).
  Seq append(std::string_view type, std::int64_t n, std::string_view more = {}) {
    const Seq seq = writer->next_seq();
    std::string text =
        R"({"event_type":")" + std::string(type) + R"(","data":{"n":)" + std::to_string(n);
    text += more.empty() ? "" : ",";
    text += more;
    text += R"(},"id":")" + format_event_id({writer->epoch(), seq}) + "\"}";
    return writer->append(static_cast<std::uint8_t>(event_type_of(type)), type, text,
                          clock.wall_now());
  }

  // Another ring in the place of this one: larger, empty, without its history. The hub finds it in its next tick.
  void replace_ring() {
    writer.reset();
    RingOptions other;
    other.path = dir / "ring";
    other.capacity_bytes = kOtherRingBytes;
    other.lineage = Lineage(Epoch{0xb});
    other.only_this_epoch = true;
    writer = RS_UNWRAP(RingWriter::open(other, clock));
  }
  static constexpr std::size_t kOtherRingBytes = 128U << 10U;

  // The hub's context with a budget that does not end.
  [[nodiscard]] RenderContext& context() {
    hub->render_context().budget = &unlimited_;
    return hub->render_context();
  }
  [[nodiscard]] FrameShape shape(unsigned batch_size, bool compressed = false) {
    return {batch_size, &hub->websocket(compressed)};
  }

  [[nodiscard]] std::string id_of(Seq seq) const { return format_event_id({writer->epoch(), seq}); }

  static Identity identity(std::vector<std::string> roles, std::string user = "alice") {
    Identity who;
    who.user = std::move(user);
    who.roles = std::move(roles);
    return who;
  }

  static Admission admission(Endpoint endpoint, std::optional<Identity> who,
                             std::vector<QueryArgument> arguments = {}) {
    auto query = parse_query(endpoint, arguments);
    if (!query) {
      RS_FAIL(query.error().message);
    }
    if (auto error = compile_filters(*query)) {
      RS_FAIL(error->message);
    }
    Admission made;
    made.endpoint = endpoint;
    made.query = std::move(*query);
    made.identity = std::move(who);
    made.address = "127.0.0.1";
    return made;
  }

  // A token signed with the fixture's secret; `ttl` from the clock's now.
  [[nodiscard]] std::string token(const std::string& user, const std::string& role,
                                  std::chrono::seconds ttl) const {
    const std::int64_t now = to_ns(clock.wall_now()) / 1'000'000'000;
    const Json claims =
        Json::object().set("sub", user).set("role", role).set("exp", now + ttl.count()).deep_copy();
    return RS_UNWRAP(make_token(Key{"", Algorithm::kHS256, secret}, claims));
  }

  TempDir dir;
  ManualClock clock;
  TestHost host{clock};
  std::string secret = kSecret;
  std::unique_ptr<RingWriter> writer;
  std::shared_ptr<Hub> hub;
  std::unique_ptr<Vhost> vhost;

 private:
  WorkBudget unlimited_{clock, std::chrono::hours(1)};
};

// A session with its connection, started. The host has done what the session asked for.
struct Client {
  Client(ModuleFixture& in, Admission admission)
      : fixture(in),
        session(connection, *in.vhost, std::move(admission), in.hub->websocket(false)) {
    session.start();
    fixture.host.settle();
  }
  void say(std::string_view message) {
    session.on_receive(message, false, true);
    fixture.host.settle();
  }
  ModuleFixture& fixture;
  FakeConnection connection;
  Session session;
};

}  // namespace ringside::test
