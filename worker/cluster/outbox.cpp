// Either all events that wait are in memory, or all are in the spool and memory has the oldest of them again. So the order
// is that of the numbers in both, and a node that dies while it spools finds everything there.
#include "worker/cluster/outbox.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ringside::cluster {

Outbox::Outbox(Spool* spool) : spool_(spool) {
  if (spool_ != nullptr && spool_->first_n() != 0) {
    last_n_ = spool_->last_n();
    confirmed_ = spool_->first_n() - 1;
    on_disk_ = true;
  }
}

bool Outbox::spools() const noexcept {
  return spool_ != nullptr && (on_disk_ || durable_ || memory_bytes_ >= kMaxMemoryBytes);
}

std::uint64_t Outbox::push(std::string_view text) {
  if (spools() && !on_disk_) {
    move_to_spool();
  }
  ++last_n_;
  if (on_disk_ && unspooled_.empty() && spool_->append(last_n_, text)) {
    return last_n_;
  }
  memory_bytes_ += text.size();
  (on_disk_ ? unspooled_ : memory_).push_back({last_n_, std::string(text)});
  return last_n_;
}

void Outbox::move_to_spool() {
  for (const Event& event : memory_) {
    if (!spool_->append(event.n, event.text)) {
      spool_->trim(event.n);
      return;
    }
  }
  on_disk_ = true;
}

void Outbox::set_durable(bool yes) {
  durable_ = yes;
  if (yes && spool_ != nullptr && !on_disk_ && !memory_.empty()) {
    move_to_spool();
  }
}

void Outbox::load() {
  if (!on_disk_) {
    return;
  }
  const std::uint64_t next = memory_.empty() ? confirmed_ + 1 : memory_.back().n + 1;
  for (Spool::Entry& entry : spool_->read(next, kMaxMemoryBytes / 4)) {
    memory_bytes_ += entry.text.size();
    memory_.push_back({entry.n, std::move(entry.text)});
  }
  if (memory_.empty() || memory_.back().n >= spool_->last_n()) {
    std::move(unspooled_.begin(), unspooled_.end(), std::back_inserter(memory_));
    unspooled_.clear();
  }
}

Outbox::Batch Outbox::next_batch(std::uint32_t max_events, std::size_t max_bytes) {
  if (on_disk_ && (memory_.size() < max_events && memory_bytes_ < max_bytes)) {
    load();
  }
  Batch batch;
  for (const Event& event : memory_) {
    if (batch.count == max_events ||
        (batch.count > 0 && batch.body.size() + event.text.size() + 1 > max_bytes)) {
      break;
    }
    if (batch.count == 0) {
      batch.first_n = event.n;
    }
    batch.body.append(event.text).push_back('\n');
    ++batch.count;
  }
  return batch;
}

void Outbox::confirm(std::uint64_t up_to) {
  while (!memory_.empty() && memory_.front().n <= up_to) {
    memory_bytes_ -= memory_.front().text.size();
    memory_.pop_front();
  }
  last_n_ = std::max(last_n_, up_to);
  confirmed_ = std::max(confirmed_, up_to);
  if (on_disk_) {
    spool_->trim(confirmed_);
    if (spool_->first_n() == 0) {
      load();
      on_disk_ = false;
    }
  }
}

void Outbox::restore(std::uint64_t first_n, std::vector<std::string> texts) {
  std::uint64_t n = first_n + texts.size();
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    memory_bytes_ += text->size();
    memory_.push_front({--n, std::move(*text)});
  }
}

std::uint64_t Outbox::n_waiting() const noexcept {
  const std::uint64_t restored =
      !memory_.empty() && memory_.front().n <= confirmed_ ? confirmed_ + 1 - memory_.front().n : 0;
  return last_n_ - confirmed_ + restored;
}

bool Outbox::is_full() const noexcept {
  return spool_ == nullptr ? memory_bytes_ >= kMaxMemoryBytes
                           : on_disk_ && (spool_->is_full() || !unspooled_.empty());
}

}  // namespace ringside::cluster
