#pragma once
// NatsLog: a JetStream stream as the log.
//
// Threads: the loop's. libnats' calls wait and its callbacks come on threads of its own; a thread of ours (the link) makes the
//          calls, and a mailbox brings everything back to the loop.
//   Cost:  nothing of it waits on the loop. What was received and not taken yet is at most kMaxUnreadBytes and one message for each
//          subscription: then the server is not read.
//   Source: docs/cluster.md; ADR 10 has why it is made so.

#include <uv.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/cluster/log.hpp"

namespace ringside::cluster {

struct NatsOptions {
  std::vector<std::string> servers;
  std::string node;
  std::string stream;
  unsigned replicas = 3;
  bool create = true;
  std::chrono::milliseconds max_age{0};
  std::uint64_t max_bytes = 0;
  std::string ca;
  std::string cert;
  std::string key;
  std::string user;
  std::string password_file;
  std::string credentials;
};

class NatsLog final : public Log {
 public:
  static constexpr std::size_t kMaxBodyBytes = 480U
                                               << 10U;  // half of the servers' usual max_payload
  static constexpr std::size_t kMaxUnreadBytes = 16U << 20U;

  NatsLog(uv_loop_t* loop, NatsOptions options);
  ~NatsLog() override;
  NatsLog(const NatsLog&) = delete;
  NatsLog& operator=(const NatsLog&) = delete;

  void start(LogEvents& events) override;
  void follow(std::uint64_t after) override;
  void append(const LogMessage& message, std::uint64_t expected_last,
              std::uint64_t attempt) override;
  void find(std::uint64_t number) override;
  void share(std::string_view key, std::string_view value) override;
  [[nodiscard]] std::size_t max_body_bytes() const noexcept override { return kMaxBodyBytes; }

  // Of the server that it is connected to; empty: none.
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }
  [[nodiscard]] const std::string& server_version() const noexcept { return server_version_; }

 private:
  class Link;     // worker/cluster/nats_link.hpp
  struct Report;  // of the link, for the loop
  void take(Report& report);

  std::unique_ptr<Link> link_;
  LogEvents* events_ = nullptr;
  std::uint64_t following_ = 0;  // which follow() counts
  std::uint64_t connection_ = 0;
  std::string server_name_;
  std::string server_version_;
};

}  // namespace ringside::cluster
