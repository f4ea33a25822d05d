// The body is built while the ring is walked, since the events that a page has seen may be overwritten before it is complete.
#include "module/history_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/time.hpp"
#include "core/event/since.hpp"
#include "module/delivery/hidden_ids.hpp"

namespace ringside {
namespace {

// How many records one part of a turn covers before someone else has a part.
constexpr unsigned kRecordsPerPart = 512;
// And how many one page covers: a filter that selects nothing would otherwise keep its client waiting for all of the disk.
constexpr std::uint64_t kRecordsPerPage = 1'000'000;

}  // namespace

HistoryPage::HistoryPage(Vhost& vhost, Admission admission, bool gzip,
                         std::function<void()> on_done)
    : hub_(vhost.hub()),
      on_done_(std::move(on_done)),
      identity_(std::move(*admission.identity)),
      query_(std::move(admission.query)),
      view_(RoleView(vhost.rules(), identity_), subscription_of(admission.endpoint, query_)),
      account_(hub_.account_of(identity_.user)),
      connection_quota_(hub_, UserQuota::Kind::kConnections,
                        vhost.options().limit_connections_per_user),
      replay_quota_(hub_, UserQuota::Kind::kReplays, vhost.options().limit_replays_per_user),
      limit_(query_.limit.value_or(kDefaultPageEvents)),
      user_key_(hub_.control() != nullptr ? hub_.control()->cut_key_of(identity_.user) : 0),
      leeway_(vhost.options().leeway),
      gzip_(gzip ? std::make_unique<Gzip>() : nullptr) {
  hub_.add(*this);
  hub_.catch_up();
  hub_.register_background(*this);
  if (!connection_quota_.acquire(identity_.user)) {
    fail(HttpError::kTooManyConnections, "this user has as many connections as allowed");
  }
}

HistoryPage::~HistoryPage() { hub_.remove(*this); }

// The first record at a place (`after`: after it); nothing for a place in another life of the ring.
std::optional<History::Place> HistoryPage::seek(const std::string& place, bool after) {
  if (const auto id = hub_.read_place(view_.role(), place)) {
    if (id->epoch != hub_.epoch()) {
      return std::nullopt;
    }
    return hub_.history().seek_seq(after ? id->seq.next() : id->seq);
  }
  // Checked where it came in.
  return hub_.history().seek_time(*time_of_since(place, hub_.clock().wall_now()));
}

void HistoryPage::find_range() {
  const Seq tail = hub_.history().oldest();
  first_ = tail;
  end_ = hub_.head().next();
  if (!query_.since.empty()) {
    const auto since = seek(query_.since, true);
    const bool is_id = parse_event_id(query_.since).has_value();
    // What was lost before a time may have been older than it.
    is_missed_known_ = since.has_value() && (is_id || since->missed == 0);
    n_missed_ = since ? since->missed : 0;
    hub_.count(Counter::kEventsBeyondHistory, n_missed_);
    first_ = since ? since->cursor.seq
                   : hub_.first_after(hub_.read_place(view_.role(), query_.since).value());
  }
  if (!query_.until.empty()) {
    const auto until = seek(query_.until, false);
    is_missed_known_ = is_missed_known_ && until.has_value();
    end_ = std::min(end_, until ? until->cursor.seq : tail);
  }
  end_ = std::max(first_, end_);
  at_ = query_.newest_first ? end_ : first_;
  add(R"({"events":[)");
}

void HistoryPage::add(std::string_view text) {
  if (gzip_ != nullptr) {
    gzip_->add(text, body_);
  } else {
    body_ += text;
  }
}

bool HistoryPage::look_at(CachedRecord& record, Seq at, WorkBudget& budget) {
  const View::Selection selection = view_.select(hub_.records(), record);
  unsigned cost = selection.cost;
  if (selection.verdict == View::Verdict::kSelected) {
    if (n_events_ > 0 && n_bytes_ + selection.text.size() > kMaxBytes) {
      return false;
    }
    add(n_events_ == 0 ? "" : ",");
    if (view_.role().hides_rows()) {
      add(with_id(selection.text, hub_.event_for(view_.role(), at)));
    } else {
      add(selection.text);
    }
    ++n_events_;
    n_bytes_ += selection.text.size();
    last_taken_ = at;
    cost += WorkBudget::kParsed +
            static_cast<unsigned>(selection.text.size() / WorkBudget::kBytesPerUnit);
  }
  budget.spend(cost);
  return true;
}

void HistoryPage::count_lapped(std::uint64_t n) noexcept {
  n_missed_ += n;
  hub_.count(Counter::kEventsMissed, n);
}

bool HistoryPage::look_forwards(WorkBudget& budget) {
  for (unsigned n = 0; n < kRecordsPerPart && !budget.exhausted(); ++n) {
    if (at_ >= end_ || n_events_ >= limit_ || n_looked_at_ >= kRecordsPerPage) {
      return true;
    }
    ++n_looked_at_;
    const RecordCache::Lookup found = hub_.records().find(at_);
    if (found.record == nullptr) {
      const Seq next = std::min(end_, std::max(found.next, at_.next()));
      count_lapped(next.value - at_.value);
      at_ = next;
    } else if (look_at(*found.record, at_, budget)) {
      at_ = at_.next();
    } else {
      return true;
    }
  }
  return false;
}

bool HistoryPage::look_backwards(WorkBudget& budget) {
  for (unsigned n = 0; n < kRecordsPerPart && !budget.exhausted(); ++n) {
    if (at_ <= first_ || n_events_ >= limit_ || n_looked_at_ >= kRecordsPerPage) {
      return true;
    }
    ++n_looked_at_;
    const Seq before{at_.value - 1};
    const RecordCache::Lookup found = hub_.records().find(before);
    if (found.record == nullptr && before < hub_.history().oldest()) {  // and all that is older
      count_lapped(at_.value - first_.value);
      at_ = first_;
    } else if (found.record == nullptr) {  // damaged, or the disk was full
      count_lapped(1);
      at_ = before;
      budget.spend(WorkBudget::kParsed);
    } else if (look_at(*found.record, before, budget)) {
      at_ = before;
    } else {
      return true;
    }
  }
  return false;
}

Attendee::Background HistoryPage::run_background(WorkBudget& budget) {
  if (done_) {
    return Background::kDone;
  }
  if (!replay_quota_.acquire(identity_.user) ||
      account_->filters.overdrawn(hub_.clock().mono_now())) {
    return Background::kWaiting;
  }
  const auto began = hub_.clock().thread_cpu();
  const RecordCache::WithDisk with_disk(hub_.records());
  if (!std::exchange(began_, true)) {
    find_range();
  }
  const bool complete = query_.newest_first ? look_backwards(budget) : look_forwards(budget);
  account_->filters.charge(hub_.clock().thread_cpu() - began);
  if (!complete) {
    return Background::kMore;
  }
  finish();
  return Background::kDone;
}

void HistoryPage::finish() {
  const bool is_more = query_.newest_first ? at_ > first_ : at_ < end_;
  const bool was_cut_short = n_looked_at_ >= kRecordsPerPage;
  std::string next = "null";
  if (is_more && was_cut_short) {
    const Seq place = query_.newest_first ? at_ : Seq{at_.value - 1};
    next = '"' + format_event_id(hub_.place_for(view_.role(), place)) + '"';
  } else if (is_more && n_events_ > 0) {
    next = '"' + format_event_id(hub_.event_for(view_.role(), last_taken_)) + '"';
  }
  const bool tells_missed = is_missed_known_ && (n_missed_ == 0 || !view_.role().hides_rows());
  add(fmt::format(R"(],"next":{},"missed":{},"head":"{}"}})", next,
                  tells_missed ? std::to_string(n_missed_) : "null",
                  format_event_id(hub_.place_for(view_.role(), hub_.head()))));
  if (gzip_ != nullptr) {
    gzip_->finish(body_);
  }
  done_ = true;
  on_done_();
}

void HistoryPage::fail(HttpError error, std::string message) {
  if (done_) {
    return;
  }
  refusal_ = Refusal{error, std::move(message), {}};
  done_ = true;
  replay_quota_.release();
  on_done_();
}

// A page may wait for the user's other replays as long as the token is good.
MonoTime HistoryPage::on_due(MonoTime now) {
  constexpr std::chrono::seconds kWallClockLook{5};
  if (!done_ && hub_.is_cut(std::nullopt, user_key_)) {
    hub_.count(Counter::kConnectionsCut);
    fail(HttpError::kForbidden, "an administrator has ended this connection");
  }
  if (done_ || !identity_.expires) {
    return MonoTime::max();
  }
  if (hub_.clock().wall_now() >= *identity_.expires + leeway_) {
    fail(HttpError::kUnauthenticated, "the token has expired");
    return MonoTime::max();
  }
  return now + kWallClockLook;
}

void HistoryPage::on_revocations() {
  if (hub_.control()->is_revoked(identity_.user, identity_.token_id, identity_.issued)) {
    fail(HttpError::kUnauthenticated, "the token was revoked");
  }
}

void HistoryPage::on_new_epoch(EventId /*last*/) { on_new_ring(); }

void HistoryPage::on_new_ring() {
  fail(HttpError::kNotReady, "the ring was replaced while its history was read; try again");
}

}  // namespace ringside
