// The floor must not be let off the bounded backlog that all others are held to: unbounded, its
// data would pile up in kernel buffers, and colder memory makes each send dearer. So it spends
// credits, eight bytes on its control connection, an eighth of the window at a time.
#include "bench/src/feed.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace ringside::bench {
namespace {

class FloorFeed final : public Feed {
 public:
  explicit FloorFeed(const FloorOptions& options)
      : options_(options), control_(connect_tcp(options.port)) {
    fcntl(control_.get(), F_SETFL, 0);
  }

  void begin(double rate) override {
    const std::string command = "POST /run?frames=" + std::to_string(options_.frames_per_send) +
                                "&flush_ms=" + std::to_string(options_.flush_ms) +
                                "&rate=" + std::to_string(static_cast<unsigned>(rate)) +
                                " HTTP/1.1\r\n\r\n";
    tell(command.data(), command.size());
    allowed_ = 0;
  }

  void allow(std::uint64_t total) override {
    if (total >= allowed_ + kCreditStep) {
      allowed_ = total;
      tell(&total, sizeof total);
    }
  }

  std::uint64_t finish() override {
    const std::uint64_t stop = UINT64_MAX;
    tell(&stop, sizeof stop);
    std::uint64_t n_sent = 0;
    if (recv(control_.get(), &n_sent, sizeof n_sent, MSG_WAITALL) != sizeof n_sent) {
      throw std::runtime_error("the floor went away");
    }
    return n_sent;
  }

 private:
  static constexpr std::uint64_t kCreditStep = 64;

  void tell(const void* bytes, std::size_t size) {
    if (send(control_.get(), bytes, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) {
      throw std::system_error(errno, std::generic_category(), "floor control");
    }
  }

  FloorOptions options_;
  Fd control_;
  std::uint64_t allowed_ = 0;
};

class ProducerFeed final : public Feed, private Handler {
 public:
  ProducerFeed(Loop& loop, const ProducerOptions& options)
      : loop_(loop),
        producer_(make_producer(loop, options)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    loop_.add(timer_.get(), EPOLLIN, this);
    while (!producer_->ready() && producer_->error().empty()) {
      loop_.turn(100);
    }
  }
  ~ProducerFeed() override { loop_.remove(timer_.get()); }

  void begin(double rate) override {
    begun_at_ = producer_->published();
    paced_ = rate > 0;
    if (paced_) {
      arm(static_cast<long>(1e9 / rate));
    }
  }

  void allow(std::uint64_t total) override {
    if (paced_) {
      return;
    }
    while (producer_->published() - begun_at_ < total && producer_->try_publish()) {
    }
    producer_->flush();
  }

  std::uint64_t finish() override {
    if (paced_) {
      arm(0);
    }
    producer_->flush();
    return producer_->published() - begun_at_;
  }

  [[nodiscard]] std::string error() const override { return producer_->error(); }

 private:
  void arm(long interval_ns) {
    const timespec step{interval_ns / 1'000'000'000, interval_ns % 1'000'000'000};
    const itimerspec spec{step, step};
    timerfd_settime(timer_.get(), 0, &spec, nullptr);
  }

  void on_events(std::uint32_t /*events*/) override {
    std::uint64_t n_due = 0;
    if (read(timer_.get(), &n_due, sizeof n_due) != sizeof n_due) {
      return;
    }
    while (n_due-- != 0 && producer_->try_publish()) {
    }
    producer_->flush();
  }

  Loop& loop_;
  std::unique_ptr<Producer> producer_;
  Fd timer_;
  std::uint64_t begun_at_ = 0;
  bool paced_ = false;
};

}  // namespace

std::unique_ptr<Feed> make_floor_feed(const FloorOptions& options) {
  return std::make_unique<FloorFeed>(options);
}

std::unique_ptr<Feed> make_producer_feed(Loop& loop, const ProducerOptions& options) {
  return std::make_unique<ProducerFeed>(loop, options);
}

}  // namespace ringside::bench
