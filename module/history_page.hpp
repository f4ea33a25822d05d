#pragma once
// HistoryPage: the answer to a GET that wants a page of history as JSON: events of a view between two places in the history, at
// most so many, the oldest or the newest first.
//
//   {"events":[...],"next":"1a2b3c4d:1042","missed":0,"head":"1a2b3c4d:2000"}
//
//   next    the id to ask on with: `since` of the next page with the oldest first, `until` with the newest first; null when
//           there is nothing more
//   missed  how many events after `since` the ring no longer holds; null when that cannot be known, or the token must not know
//
// The ring is walked in slices of the hub's background work. A page is one of its user's connections, and takes one of the
// user's replays until it is gone, which bounds the pages that wait and the memory of those that wait for their client.
//
// Threads: the lws service thread only.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/proto/http_error.hpp"
#include "module/attendee.hpp"
#include "module/transport/gzip.hpp"
#include "module/upgrade.hpp"
#include "module/user_quota.hpp"
#include "module/vhost.hpp"

namespace ringside {

class HistoryPage final : public Attendee {
 public:
  // A page ends early when its events take more than this.
  static constexpr std::size_t kMaxBytes = 1u << 20u;

  // `admission` as decide_stream() made it for MediaType::kJson. `on_done` is called once, from a turn of the hub.
  HistoryPage(Vhost& vhost, Admission admission, bool gzip, std::function<void()> on_done);
  ~HistoryPage() override;
  HistoryPage(const HistoryPage&) = delete;
  HistoryPage& operator=(const HistoryPage&) = delete;

  [[nodiscard]] bool done() const noexcept { return done_; }
  // When done: why there is no page, or nothing and the body.
  [[nodiscard]] const std::optional<Refusal>& refusal() const noexcept { return refusal_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  [[nodiscard]] bool is_gzip() const noexcept { return gzip_ != nullptr; }

  // Attendee.
  IdleUntil pump() override { return idle_until(Seq{~std::uint64_t{0}}); }
  Background run_background(WorkBudget& budget) override;
  void send_chunk(Chunk& /*chunk*/) override {}
  void prefetch_connection() const noexcept override {}
  MonoTime on_due(MonoTime now) override;
  void on_revocations() override;
  void on_new_epoch(EventId last) override;
  void on_new_ring() override;
  void close_at(MonoTime /*when*/, CloseCode /*code*/) override {}  // it ends by itself
  [[nodiscard]] const FrameCache* frames() const noexcept override { return nullptr; }

 private:
  void find_range();
  [[nodiscard]] std::optional<History::Place> seek(const std::string& place, bool after);
  // Takes a record that the view selects. Returns false when it has no place in this page any more.
  [[nodiscard]] bool look_at(CachedRecord& record, Seq at, WorkBudget& budget);
  void count_lapped(std::uint64_t n) noexcept;
  // These return whether the page is complete.
  [[nodiscard]] bool look_forwards(WorkBudget& budget);
  [[nodiscard]] bool look_backwards(WorkBudget& budget);
  void add(std::string_view text);
  void finish();
  void fail(HttpError error, std::string message);

  Hub& hub_;
  std::function<void()> on_done_;
  Identity identity_;
  ConnectionQuery query_;
  View view_;
  std::shared_ptr<UserAccount> account_;
  UserQuota connection_quota_;
  UserQuota replay_quota_;
  unsigned limit_;  // of events
  std::uint64_t user_key_;
  std::chrono::seconds leeway_;  // of the token
  std::unique_ptr<Gzip> gzip_;
  std::string body_;
  std::optional<Refusal> refusal_;
  bool done_ = false;
  bool began_ = false;
  Seq at_;     // forwards: the next to look at; backwards: everything from here on was looked at
  Seq first_;  // of the range
  Seq end_;    // of the range, exclusive
  Seq last_taken_;
  unsigned n_events_ = 0;
  std::uint64_t n_looked_at_ = 0;
  std::size_t n_bytes_ = 0;  // of the events, uncompressed
  bool is_missed_known_ = true;
  std::uint64_t n_missed_ = 0;
};

}  // namespace ringside
