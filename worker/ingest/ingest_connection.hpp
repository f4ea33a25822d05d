#pragma once
// IngestConnection: one HTTP request with events, from the web server's plugin: its body in, one report out.
//
//   hello -> frames -> inflated -> split into events, or read as an OTLP message -> Pipeline
//
// An OTLP message is collected first, since the resource of its records may come last; where its records are is found on
// libuv's pool, and then they are taken in parts like all events.
//
// Each turn does a bounded part; the socket is read on when that is done, so that a worker that is busy slows the client
// down and keeps nothing.
//
// Threads: the loop's.

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/unique_fd.hpp"
#include "core/otlp/otlp_reader.hpp"
#include "core/proto/ingest_wire.hpp"
#include "worker/ack_window.hpp"
#include "worker/ingest/event_splitter.hpp"
#include "worker/ingest/frame_reader.hpp"
#include "worker/ingest/gunzip.hpp"
#include "worker/ingest/idempotency_keys.hpp"
#include "worker/net/fd_watch.hpp"
#include "worker/pipeline.hpp"

namespace ringside {

// What all requests of a listener share.
struct IngestShared {
  uv_loop_t* loop = nullptr;
  std::size_t max_otlp_bytes = 4U << 20U;  // of one message, inflated
  std::size_t otlp_bytes = 0;  // of all that are kept now: at most kMaxMessages times as much
  static constexpr std::size_t kMaxMessages = 16;
};

class IngestConnection {
 public:
  enum class State {
    kOpen,
    kBusy,  // open, and has more to do without waiting for its socket: call on_turn() soon
    kDone,  // destroy it, which closes the connection
  };

  // Bytes of events, inflated, that one connection takes in a turn; less of those that cost more.
  static constexpr std::size_t kTurnBytes = 256U << 10U;
  static constexpr std::size_t kReadBytes = 64U << 10U;

  // `wants_turn`: called when work that was done elsewhere is back; call on_turn() then.
  IngestConnection(UniqueFd fd, Pipeline& pipeline, IdempotencyKeys& keys, IngestShared& shared,
                   std::function<void()> wants_turn);
  ~IngestConnection();
  IngestConnection(const IngestConnection&) = delete;
  IngestConnection& operator=(const IngestConnection&) = delete;

  // Handles events of the connection. Reads once into `buffer`, which all share.
  [[nodiscard]] State on_ready(FdEvents events, std::span<char> buffer);
  [[nodiscard]] State on_turn();
  // The log has stored more.
  [[nodiscard]] State on_stored();
  [[nodiscard]] bool waits_for_storage() const noexcept { return window_.is_waiting(); }

  // Answers with an error instead of taking anything.
  void refuse(HttpError error, std::string message);

  void set_watch(std::unique_ptr<FdWatch> watch) { watch_ = std::move(watch); }

 private:
  [[nodiscard]] State read(std::span<char> buffer);
  [[nodiscard]] bool take_hello();
  void begin(IngestHello hello);
  void work();
  // The next part of what was read; returns what it cost. So do those that follow.
  std::size_t take_input();
  // A part of the body, as it came.
  std::size_t take_piece(std::string_view piece);
  std::size_t inflate();
  void take_text(std::string_view text);
  void collect(std::string_view text);
  // Finds the records of the collected message.
  void open_message();
  // A record or a data point.
  std::size_t take_record();
  void on_rejected(std::string_view why);
  void finish_events();
  void finish_body();
  void on_event(std::string_view text);
  void on_too_long();
  // Whether the event that follows was dealt with by an earlier attempt.
  [[nodiscard]] bool is_repeated(std::uint64_t hash_of_event);
  void fail(HttpError error, std::string message);
  void remember();
  void answer();
  [[nodiscard]] State after_work();
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] EventOrigin origin() const noexcept;

  UniqueFd fd_;
  Pipeline& pipeline_;
  IdempotencyKeys& keys_;

  std::string inbox_;  // read and not taken, from in_ on
  std::size_t in_ = 0;
  std::optional<IngestHello> hello_;
  FrameReader frames_;
  std::unique_ptr<Gunzip> gunzip_;
  bool has_output_ = false;  // in gunzip_
  std::optional<EventSplitter> splitter_;
  std::unique_ptr<IdempotencyKeys::Claim> claim_;

  struct Opening;  // a message whose records are being found
  IngestShared& shared_;
  std::function<void()> wants_turn_;
  std::size_t n_collected_ = 0;  // charged to shared_
  std::string message_;
  std::shared_ptr<Opening> opening_;
  std::optional<OtlpReader> reader_;
  std::string text_;

  std::uint64_t n_events_ = 0;
  std::uint64_t hash_ = 0;  // of the events so far
  IngestReport report_;
  AckWindow window_;
  bool is_complete_ = false;  // the body was taken to its end, or failed
  std::string unsent_;        // of the answer
  bool has_answered_ = false;
  std::unique_ptr<FdWatch> watch_;  // last: closed before the descriptor
};

}  // namespace ringside
