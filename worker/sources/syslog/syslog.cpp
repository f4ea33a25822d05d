// A message is never refused here: what no parser understands is sent on as it came. Only an empty
// datagram, in which there is nothing to send on, is counted and left.
#include "worker/sources/syslog/syslog.hpp"

#include "worker/sources/syslog/syslog_message.hpp"

namespace ringside {
std::unique_ptr<BuiltinSource> SyslogOptions::make(const SourceContext& context,
                                                   SyslogOptions options) {
  return std::make_unique<Syslog>(context, std::move(options));
}

Status Syslog::start() {
  auto socket = DatagramSocket::open_unix(context_.loop, options_.socket, context_.socket_mode,
                                          [this](std::span<const Datagram> batch) {
                                            for (const Datagram& datagram : batch) {
                                              on_datagram(datagram);
                                            }
                                          });
  if (!socket) {
    set_state("cannot listen");
    return tl::unexpected(socket.error());
  }
  socket_ = std::move(*socket);
  set_state("listening on " + options_.socket);
  return {};
}

void Syslog::stop() {
  if (socket_ != nullptr) {
    socket_->drain();
    socket_.reset();
  }
  set_state("stopped");
}

void Syslog::on_datagram(const Datagram& datagram) {
  ++n_datagrams_;
  if (datagram.bytes.empty()) {
    ++n_malformed_;
    return;
  }
  const WallTime now = context_.clock.wall_now();
  LogLine line = parse_syslog(datagram.bytes, now);
  n_malformed_ += line.details["malformed"].present() ? 1U : 0U;
  if (datagram.is_truncated) {
    line.details.set("truncated", true);
  }
  Json metadata = Json::object();
  metadata.set("source", "syslog");
  if (datagram.sender && datagram.sender->pid != 0) {
    metadata.set("sender_pid", std::int64_t{datagram.sender->pid})
        .set("sender_uid", std::int64_t{datagram.sender->uid});
  }
  emit(make_log_event(line, now, std::move(metadata)));
}

void Syslog::add_details(Json& details) const {
  details.set("datagrams", n_datagrams_)
      .set("malformed", n_malformed_)
      .set("receive_errors", socket_ == nullptr ? std::uint64_t{0} : socket_->n_errors());
}

}  // namespace ringside
