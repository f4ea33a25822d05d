#pragma once
// Statsd: StatsD and DogStatsD datagrams, gathered and sent as MetricUpdate each interval. See
// docs/sources.md, "StatsD".

#include <deque>
#include <memory>
#include <string>

#include "worker/net/datagram_socket.hpp"
#include "worker/net/loop_handles.hpp"
#include "worker/sources/builtin_source.hpp"
#include "worker/sources/statsd/statsd_options.hpp"
#include "worker/sources/statsd/statsd_table.hpp"

namespace ringside {

class Statsd final : public BuiltinSource {
 public:
  Statsd(const SourceContext& context, StatsdOptions options)
      : BuiltinSource(context), options_(std::move(options)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "statsd"; }
  [[nodiscard]] Status start() override;
  // Sends the values of the unfinished interval.
  void stop() override;

  [[nodiscard]] int port() const { return socket_ == nullptr ? 0 : socket_->port(); }

 private:
  void on_datagram(const Datagram& datagram);
  void on_line(std::string_view line);
  void on_interval();
  void emit_some(std::size_t max_count);
  void report_drops();
  void add_details(Json& details) const override;

  StatsdOptions options_;
  StatsdTable table_;
  std::unique_ptr<DatagramSocket> socket_;
  std::unique_ptr<LoopTimer> interval_;
  std::unique_ptr<LoopTimer> next_turn_;
  std::deque<Metric> ready_;  // of the last interval, not emitted yet
  WallTime ready_at_;
  std::chrono::milliseconds ready_interval_{0};
  MonoTime interval_began_;
  std::uint64_t n_datagrams_ = 0;
  std::uint64_t n_lines_ = 0;
  std::uint64_t n_malformed_ = 0;
  std::uint64_t n_dropped_ = 0;
  std::uint64_t n_malformed_reported_ = 0;
  std::uint64_t n_dropped_reported_ = 0;
  std::string malformed_example_;
};

}  // namespace ringside
