// One ordered index by sequence makes "everything younger than X" a walk over what changed and not
// over all series, which is what a connection with an interval asks for at each of its ticks.
#include "module/delivery/series_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.hpp"

namespace ringside {

std::string series_key(JsonRef event) {
  const JsonRef data = event["data"];
  const auto name = data["metric_name"].as_string();
  if (!name) {
    return {};
  }
  std::vector<std::string> labels;
  data["labels"].for_each_member([&](std::string_view label, JsonRef value) {
    labels.push_back(std::string(label) + '\x1f' + value.dump());
    return true;
  });
  std::sort(labels.begin(), labels.end());
  std::string key(*name);
  for (const std::string& label : labels) {
    key += '\x1e';
    key += label;
  }
  return key;
}

std::string series_key(const EventView& event, const std::vector<std::string>& paths) {
  std::string key = series_key(event.root);
  if (key.empty()) {
    return key;
  }
  for (const std::string& path : paths) {
    key += '\x1d';
    if (path != kEveryPath) {
      const JsonRef value = read_filter_path(event, path);
      key += value.present() ? value.dump() : "";
      continue;
    }
    event.root["data"].for_each_member([&](std::string_view name, JsonRef value) {
      if (name != "value") {
        key += '\x1e';
        key += name;
        key += '\x1f';
        key += value.dump();
      }
      return true;
    });
    key += '\x1d';
    key += event.root["metadata"].present() ? event.root["metadata"].dump() : "";
  }
  return key;
}

void SeriesTable::separate_by(const std::vector<std::string>& paths, Seq oldest) {
  std::vector<std::string> all = paths_;
  for (const std::string& path : paths) {
    if (std::ranges::find(all, path) == all.end()) {
      all.push_back(path);
    }
  }
  if (all.size() == paths_.size()) {
    return;
  }
  if (all.size() > kMaxPaths) {
    all = {std::string(kEveryPath)};
    if (all == paths_) {
      return;
    }
  }
  series_.clear();
  by_seq_.clear();
  left_out_.clear();
  n_bytes_ = 0;
  paths_ = std::move(all);
  next_ = oldest;
}

void SeriesTable::start(RecordCache& records, Seq oldest) {
  if (started_) {
    return;
  }
  started_ = true;
  next_ = std::min(oldest, records.head().next());
}

std::size_t SeriesTable::Series::n_bytes() const noexcept {
  constexpr std::size_t kIndexBytes = 160;  // its nodes in the two indexes
  return sizeof(Series) + kIndexBytes + 2 * key.capacity() + record.record.buffer.capacity();
}

bool SeriesTable::update(RecordCache& records, WorkBudget& budget) {
  while (started_ && next_ <= records.head() && !budget.exhausted()) {
    const RecordCache::Lookup found = records.find(next_);
    if (found.record == nullptr) {
      next_ = found.next;
      continue;
    }
    const Record& record = found.record->record;
    next_ = next_.next();
    if (record.type_code != static_cast<std::uint8_t>(EventType::kMetric)) {
      budget.spend(WorkBudget::kTypeOnly);
      continue;
    }
    if (record.buffer.size() > kMaxEventBytes) {
      leave_out(record.seq);
      budget.spend(WorkBudget::kTypeOnly);
      continue;
    }
    const EventView event = records.view_of(*found.record, true);
    std::string key = series_key(event, paths_);
    if (key.empty()) {
      leave_out(record.seq);
    } else {
      take(std::move(key), record);
    }
    budget.spend(WorkBudget::kParsed +
                 static_cast<unsigned>(record.buffer.size() / WorkBudget::kBytesPerUnit));
  }
  return started_ && next_ <= records.head();
}

void SeriesTable::take(std::string key, const Record& record) {
  auto at = series_.find(key);
  if (at == series_.end()) {
    auto made = std::make_unique<Series>();
    made->key = key;
    at = series_.emplace(std::move(key), std::move(made)).first;
  } else {
    n_bytes_ -= at->second->n_bytes();
    by_seq_.erase(at->second->record.record.seq);
  }
  Series& series = *at->second;
  series.record = CachedRecord();
  series.record.record = record;
  series.record.record.buffer.shrink_to_fit();
  series.record.present = true;
  n_bytes_ += series.n_bytes();
  by_seq_[record.seq] = &series;
  while (series_.size() > kMaxSeries || n_bytes_ > kMaxBytes) {
    evict_oldest();
  }
}

// The longest-silent series has the smallest sequence, so sequences are left out in ascending order.
void SeriesTable::evict_oldest() {
  Series* const oldest = by_seq_.begin()->second;
  leave_out(by_seq_.begin()->first);
  n_bytes_ -= oldest->n_bytes();
  by_seq_.erase(by_seq_.begin());
  series_.erase(std::string(oldest->key));  // a copy: erase() destroys the key it was given
}

void SeriesTable::leave_out(Seq seq) {
  ++n_left_out_;
  left_out_.insert(std::upper_bound(left_out_.begin(), left_out_.end(), seq), seq);
  if (left_out_.size() > kMaxLeftOut) {
    left_out_.pop_front();
  }
}

std::uint64_t SeriesTable::n_left_out(Seq after) const noexcept {
  const auto first = std::upper_bound(left_out_.begin(), left_out_.end(), after);
  const auto n = static_cast<std::uint64_t>(left_out_.end() - first);
  return first == left_out_.begin() ? n_left_out_ : n;
}

std::shared_ptr<Chunk> SeriesTable::render(RenderContext& context, const View& view,
                                           FrameShape shape, Seq after) {
  RS_CHECK(context.budget != nullptr);
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = after.next();
  BatchWriter writer(context, view.role(), shape, *chunk);
  auto at = by_seq_.upper_bound(after);
  Seq looked_at = after;
  while (at != by_seq_.end() && chunk->frames.size() < kMaxChunkBytes) {
    CachedRecord& record = at->second->record;
    looked_at = at->first;
    const View::Selection selection = view.select(context.records, record);
    if (selection.verdict == View::Verdict::kSelected) {
      if (chunk->n_events++ == 0) {
        chunk->oldest = record.record.received;
        chunk->first_event = looked_at;
      }
      chunk->last_event = looked_at;
      writer.add(looked_at, selection.text);
    } else if (selection.verdict != View::Verdict::kHidden) {
      ++(selection.verdict == View::Verdict::kDenied ? chunk->n_denied : chunk->n_filtered);
    }
    const bool goes_on = context.budget->spend(selection.cost);
    record.forget_parsed();  // trees would take many times the memory that is charged
    ++at;
    if (!goes_on) {
      break;
    }
  }
  writer.finish();
  chunk->end = at == by_seq_.end() ? next_ : looked_at.next();
  return chunk;
}

}  // namespace ringside
