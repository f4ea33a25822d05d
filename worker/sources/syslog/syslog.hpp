#pragma once
// Syslog: a Unix datagram socket for what syslog(3) and logger(1) send, as LogEntry. See
// docs/sources.md, "Syslog".

#include <memory>

#include "worker/net/datagram_socket.hpp"
#include "worker/sources/builtin_source.hpp"
#include "worker/sources/syslog/syslog_options.hpp"

namespace ringside {

class Syslog final : public BuiltinSource {
 public:
  Syslog(const SourceContext& context, SyslogOptions options)
      : BuiltinSource(context), options_(std::move(options)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "syslog"; }
  [[nodiscard]] Status start() override;
  void stop() override;

 private:
  void on_datagram(const Datagram& datagram);
  void add_details(Json& details) const override;

  SyslogOptions options_;
  std::unique_ptr<DatagramSocket> socket_;
  std::uint64_t n_datagrams_ = 0;
  std::uint64_t n_malformed_ = 0;
};

}  // namespace ringside
