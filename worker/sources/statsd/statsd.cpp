// Ten thousand series come due at one moment. They are emitted a few hundred at a time, with
// turns of the loop between, so that producers on events.sock do not wait for them.
#include "worker/sources/statsd/statsd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMetricsPerTurn = 500;
constexpr std::size_t kExampleBytes = 100;

}  // namespace

std::unique_ptr<BuiltinSource> StatsdOptions::make(const SourceContext& context,
                                                   StatsdOptions options) {
  return std::make_unique<Statsd>(context, std::move(options));
}

Status Statsd::start() {
  const std::string& listen = options_.listen;
  const auto on_datagrams = [this](std::span<const Datagram> batch) {
    for (const Datagram& datagram : batch) {
      on_datagram(datagram);
    }
  };
  auto socket =
      listen.find('/') != std::string::npos
          ? DatagramSocket::open_unix(context_.loop, listen, context_.socket_mode, on_datagrams)
          : DatagramSocket::open_udp(context_.loop, listen, on_datagrams);
  if (!socket) {
    set_state("cannot listen");
    return tl::unexpected(socket.error());
  }
  socket_ = std::move(*socket);
  if (!socket_->is_local()) {
    log::warn("statsd: {} is reachable from other machines, and StatsD has no authentication",
              listen);
  }
  interval_ = std::make_unique<LoopTimer>(&context_.loop, [this] { on_interval(); });
  next_turn_ = std::make_unique<LoopTimer>(&context_.loop, [this] { emit_some(kMetricsPerTurn); });
  interval_->start(options_.interval, options_.interval);
  interval_began_ = context_.clock.mono_now();
  set_state("listening on " + listen);
  return {};
}

void Statsd::stop() {
  if (socket_ != nullptr) {
    socket_->drain();
    emit_some(ready_.size());
    on_interval();
    emit_some(ready_.size());
    socket_.reset();
  }
  interval_.reset();
  next_turn_.reset();
  set_state("stopped");
}

void Statsd::on_datagram(const Datagram& datagram) {
  ++n_datagrams_;
  for (auto line : split(datagram.bytes, '\n')) {
    line = trim(line.substr(0, line.find_last_not_of('\0') + 1));
    if (!line.empty()) {
      on_line(line);
    }
  }
}

void Statsd::on_line(std::string_view line) {
  ++n_lines_;
  const auto parsed = parse_statsd_line(line);
  if (const auto* sample = std::get_if<StatsdSample>(&parsed)) {
    n_dropped_ += table_.add(*sample) ? 0U : 1U;
  } else if (const auto* log_line = std::get_if<LogLine>(&parsed)) {
    emit(make_log_event(*log_line, context_.clock.wall_now(),
                        std::move(Json::object().set("source", name()))));
  } else {
    ++n_malformed_;
    malformed_example_ = fmt::format("\"{}\" is {}", escape_controls(line.substr(0, kExampleBytes)),
                                     std::get<StatsdMalformed>(parsed).why);
  }
}

void Statsd::on_interval() {
  emit_some(ready_.size());  // nothing, unless the loop was blocked for a whole interval
  const MonoTime now = context_.clock.mono_now();
  ready_at_ = context_.clock.wall_now();
  ready_interval_ = std::max(std::chrono::round<std::chrono::milliseconds>(now - interval_began_),
                             std::chrono::milliseconds(1));
  interval_began_ = now;
  for (auto& metric : table_.flush(ready_interval_)) {
    ready_.push_back(std::move(metric));
  }
  report_drops();
  emit_some(kMetricsPerTurn);
}

void Statsd::emit_some(std::size_t max_count) {
  const MetricContext where{name(), ready_at_, ready_interval_};
  for (std::size_t i = 0; i < max_count && !ready_.empty(); ++i) {
    if (const auto event = make_metric_event(ready_.front(), where)) {
      emit(*event);
    }
    ready_.pop_front();
  }
  if (!ready_.empty()) {
    next_turn_->start(kNextTurn);
  }
}

void Statsd::report_drops() {
  const std::uint64_t n_malformed =
      n_malformed_ - std::exchange(n_malformed_reported_, n_malformed_);
  const std::uint64_t n_dropped = n_dropped_ - std::exchange(n_dropped_reported_, n_dropped_);
  std::string message;
  if (n_malformed != 0) {
    message = fmt::format("{} StatsD lines were malformed; the last, {}", n_malformed,
                          malformed_example_);
  }
  if (n_dropped != 0) {
    message += fmt::format("{}{} StatsD samples were dropped: more series or set members than fit",
                           message.empty() ? "" : ". ", n_dropped);
  }
  if (message.empty()) {
    return;
  }
  LogLine line;
  line.level = "WARN";
  line.component = name();
  line.message = message;
  line.details = Json::object();
  line.details.set("malformed", n_malformed).set("dropped", n_dropped);
  emit(make_log_event(line, ready_at_, std::move(Json::object().set("source", name()))));
  report_error(n_dropped != 0 ? "samples are dropped: too many series or set members"
                              : "lines are malformed");
}

void Statsd::add_details(Json& details) const {
  details.set("datagrams", n_datagrams_)
      .set("lines", n_lines_)
      .set("malformed", n_malformed_)
      .set("dropped", n_dropped_)
      .set("series", std::uint64_t{table_.n_series()})
      .set("receive_errors", socket_ == nullptr ? std::uint64_t{0} : socket_->n_errors());
}

}  // namespace ringside
