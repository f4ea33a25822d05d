// The body is built while the ring is walked, since the events that a page has seen may be overwritten before it is complete.
#include "module/history_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/time.hpp"
#include "core/event/since.hpp"

namespace ringside {
namespace {

// How many records one part of a turn covers before someone else has a part.
constexpr unsigned kRecordsPerPart = 512;

}  // namespace

HistoryPage::HistoryPage(Vhost& vhost, Admission admission, bool gzip,
                         std::function<void()> on_done)
    : hub_(vhost.hub()),
      on_done_(std::move(on_done)),
      identity_(std::move(*admission.identity)),
      query_(std::move(admission.query)),
      view_(RoleView(vhost.rules(), identity_), subscription_of(admission.endpoint, query_)),
      account_(hub_.account_of(identity_.user)),
      quota_(hub_, vhost.options().limit_replays_per_user),
      gzip_(gzip ? std::make_unique<Gzip>() : nullptr) {
  hub_.add(*this);
  hub_.catch_up();
  hub_.register_background(*this);
}

HistoryPage::~HistoryPage() { hub_.remove(*this); }

// The first record at a place (`after`: after it); nothing for a place in another life of the ring.
std::optional<RingReader::Seek> HistoryPage::seek(const std::string& place, bool after) {
  if (const auto id = parse_event_id(place)) {
    if (id->epoch != hub_.epoch()) {
      return std::nullopt;
    }
    return hub_.ring().seek_seq(after ? id->seq.next() : id->seq);
  }
  return hub_.ring().seek_time(*parse_rfc3339(place));  // checked where it came in
}

void HistoryPage::find_range() {
  const Seq tail = hub_.ring().cursor_at_tail().seq;
  first_ = tail;
  end_ = hub_.head().next();
  if (!query_.since.empty()) {
    const auto since = seek(query_.since, true);
    const bool is_id = parse_event_id(query_.since).has_value();
    // What was lost before a time may have been older than it.
    is_missed_known_ = since.has_value() && (is_id || since->missed == 0);
    n_missed_ = since ? since->missed : 0;
    hub_.count(Counter::kEventsBeyondHistory, n_missed_);
    first_ = since ? since->cursor.seq : tail;
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

bool HistoryPage::look_at(Seq at, WorkBudget& budget) {
  const RecordCache::Lookup found = hub_.records().find(at);
  if (found.record == nullptr) {
    return false;
  }
  const View::Selection selection = view_.select(hub_.records(), *found.record);
  unsigned cost = selection.cost;
  if (selection.verdict == View::Verdict::kSelected) {
    if (n_events_ > 0 && n_bytes_ + selection.text.size() > kMaxBytes) {
      return false;
    }
    add(n_events_ == 0 ? "" : ",");
    add(selection.text);
    ++n_events_;
    n_bytes_ += selection.text.size();
    last_taken_ = at;
    cost += WorkBudget::kParsed +
            static_cast<unsigned>(selection.text.size() / WorkBudget::kBytesPerUnit);
  }
  budget.spend(cost);
  return true;
}

// Returns whether it is complete.
bool HistoryPage::look_forwards(WorkBudget& budget) {
  for (unsigned n = 0; n < kRecordsPerPart && !budget.exhausted(); ++n) {
    if (at_ >= end_ || n_events_ >= query_.limit) {
      return true;
    }
    const RecordCache::Lookup found = hub_.records().find(at_);
    if (found.record == nullptr) {  // overwritten meanwhile
      const Seq next = std::min(end_, std::max(found.next, at_.next()));
      n_missed_ += next.value - at_.value;
      hub_.count(Counter::kEventsMissed, next.value - at_.value);
      at_ = next;
      continue;
    }
    if (!look_at(at_, budget)) {
      return true;
    }
    at_ = at_.next();
  }
  return false;
}

bool HistoryPage::look_backwards(WorkBudget& budget) {
  for (unsigned n = 0; n < kRecordsPerPart && !budget.exhausted(); ++n) {
    if (at_ <= first_ || n_events_ >= query_.limit) {
      return true;
    }
    const Seq before{at_.value - 1};
    if (hub_.records().find(before).record ==
        nullptr) {  // overwritten meanwhile, and all before it
      n_missed_ += query_.since.empty() ? 0 : at_.value - first_.value;
      at_ = first_;
      return true;
    }
    if (!look_at(before, budget)) {
      return true;
    }
    at_ = before;
  }
  return false;
}

Attendee::Background HistoryPage::run_background(WorkBudget& budget) {
  if (done_) {
    return Background::kDone;
  }
  if (!quota_.acquire(identity_.user) || account_->overdrawn(hub_.clock().mono_now())) {
    return Background::kWaiting;
  }
  const auto began = hub_.clock().thread_cpu();
  if (!std::exchange(began_, true)) {
    find_range();
  }
  const bool complete = query_.newest_first ? look_backwards(budget) : look_forwards(budget);
  account_->charge(hub_.clock().thread_cpu() - began);
  if (!complete) {
    return Background::kMore;
  }
  finish();
  return Background::kDone;
}

void HistoryPage::finish() {
  const bool is_more = query_.newest_first ? at_ > first_ : at_ < end_;
  const std::string next =
      is_more && n_events_ > 0 ? '"' + hub_.id_of(last_taken_) + '"' : std::string("null");
  add(fmt::format(R"(],"next":{},"missed":{},"head":"{}"}})", next,
                  is_missed_known_ ? std::to_string(n_missed_) : "null", hub_.id_of(hub_.head())));
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
  quota_.release();
  on_done_();
}

void HistoryPage::on_revocations() {
  if (hub_.control()->is_revoked(identity_.user, identity_.token_id, identity_.issued)) {
    fail(HttpError::kUnauthenticated, "the token was revoked");
  }
}

void HistoryPage::on_new_epoch(EventId /*last*/) {
  fail(HttpError::kNotReady, "the ring was replaced while its history was read; try again");
}

}  // namespace ringside
