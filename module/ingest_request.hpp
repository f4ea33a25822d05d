#pragma once
// IngestRequest: a request with events while its body is handed to the worker: bytes in from the client, out to a socket of
// its own on ingest.sock, and the worker's report back. The worker does everything that depends on the bytes; here each piece
// is copied once, and the client is not read while the worker is behind.
//
// A connection to the worker for each request, because a shared one would have to be told apart by what is in it: so
// neither a broken body nor a slow one of one client concerns another.
//
// Threads: the lws service thread only.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/unique_fd.hpp"
#include "core/proto/chunked_body.hpp"
#include "core/proto/ingest_answer.hpp"
#include "module/attendee.hpp"
#include "module/ingest_admission.hpp"
#include "module/listed_place.hpp"
#include "module/user_quota.hpp"

namespace ringside {

class IngestRequest final : public Attendee {
 public:
  // What the host of both sockets does for it.
  struct Host {
    std::function<void(bool)> read_client;       // whether its body is read
    std::function<void()> want_worker_writable;  // on_worker_writable() when it is
    std::function<void()> on_answered;           // answer() is there; once
  };

  // How long a worker whose heart beats may take without taking a byte or answering.
  static constexpr std::chrono::seconds kWorkerPatience{60};
  // A request that takes longer is in the list of connections.
  static constexpr std::chrono::seconds kListedAfter{1};

  // A connection to the worker of a run directory. Errors: nobody listens there, or not to us.
  [[nodiscard]] static Result<UniqueFd> connect(const std::string& run_dir);

  // `worker`: as connect() made it; non-blocking.
  IngestRequest(Vhost& vhost, IngestAdmission admission, UniqueFd worker, Host host);
  ~IngestRequest() override;
  IngestRequest(const IngestRequest&) = delete;
  IngestRequest& operator=(const IngestRequest&) = delete;

  // A part of the body as it came, or its end (with chunks, the body itself says where it ends).
  void on_body(std::string_view bytes);
  void on_body_end();
  void on_worker_readable();
  void on_worker_writable();

  [[nodiscard]] const std::optional<IngestAnswer>& answer() const noexcept { return answer_; }
  // Whether the body was read to its end, so that the connection can be used again.
  [[nodiscard]] bool is_body_complete() const noexcept { return is_body_complete_; }
  [[nodiscard]] int worker_fd() const noexcept { return worker_.get(); }

  // Attendee.
  IdleUntil pump() override { return idle_until(Seq{~std::uint64_t{0}}); }
  Background run_background(WorkBudget& /*budget*/) override { return Background::kDone; }
  void send_chunk(Chunk& /*chunk*/) override {}
  void prefetch_connection() const noexcept override {}
  MonoTime on_due(MonoTime now) override;
  void on_revocations() override;
  void on_new_epoch(EventId /*last*/) override {}
  void on_new_ring() override {}
  void close_at(MonoTime when, CloseCode code) override;
  [[nodiscard]] const FrameCache* frames() const noexcept override { return nullptr; }

 private:
  void send(std::string_view body);
  void flush();
  void end_body();
  void on_report(std::string_view line);
  void fail_with(HttpError error, std::string message);
  void finish(IngestAnswer answer);
  [[nodiscard]] bool is_worker_silent() const;
  void list(MonoTime now);
  [[nodiscard]] bool is_blocked() const noexcept { return n_sent_ < outbox_.size(); }

  Vhost& vhost_;
  Hub& hub_;
  IngestAdmission admission_;
  UserQuota connection_quota_;
  Host host_;
  UniqueFd worker_;
  std::optional<ChunkedBody> chunks_;
  std::string outbox_;  // for the worker, from n_sent_ on: what came in one piece, at most
  std::size_t n_sent_ = 0;
  std::string inbox_;  // of the report
  std::optional<IngestAnswer> answer_;
  bool is_body_complete_ = false;
  bool reads_client_ = true;
  std::uint64_t id_;
  std::uint64_t user_key_;
  std::optional<ListedPlace> listing_;
  std::uint64_t n_bytes_ = 0;  // of the body, as they came
  WallTime since_;
  MonoTime began_;
  MonoTime last_byte_;      // from the client
  MonoTime last_progress_;  // of the worker
  std::optional<MonoTime> ends_at_;
};

}  // namespace ringside
