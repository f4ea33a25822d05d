// One ordered index by sequence makes "everything younger than X" a walk over what changed and not
// over all series, which is what a connection with an interval asks for at each of its ticks.
#include "module/delivery/series_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

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

void SeriesTable::start(RecordCache& records, Seq oldest) {
  if (started_) {
    return;
  }
  started_ = true;
  next_ = std::min(oldest, records.head().next());
}

bool SeriesTable::update(RecordCache& records, std::size_t max_records) {
  for (std::size_t n = 0; started_ && n < max_records && next_ <= records.head(); ++n) {
    const RecordCache::Lookup found = records.find(next_);
    if (found.record == nullptr) {
      next_ = found.next;
      continue;
    }
    next_ = next_.next();
    if (found.record->record.type_code != static_cast<std::uint8_t>(EventType::kMetric)) {
      continue;
    }
    const std::string key = series_key(records.view_of(*found.record, true).root);
    auto at = series_.find(key);
    if (at == series_.end()) {
      if (key.empty() || series_.size() >= kMaxSeries) {
        ++n_overflowed_;
        continue;
      }
      at = series_.emplace(key, std::make_unique<CachedRecord>()).first;
    } else {
      by_seq_.erase(at->second->record.seq);
    }
    CachedRecord& held = *at->second;
    held = CachedRecord();
    held.record = found.record->record;
    held.present = true;
    by_seq_[held.record.seq] = &held;
  }
  return started_ && next_ <= records.head();
}

std::shared_ptr<Chunk> SeriesTable::render(RenderContext& context, const View& view,
                                           FrameShape shape, Seq after) {
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = after.next();
  chunk->end = next_;
  BatchWriter writer(context, shape, *chunk);
  for (auto at = by_seq_.upper_bound(after); at != by_seq_.end(); ++at) {
    const View::Selection selection = view.select(context.records, *at->second);
    if (selection.verdict != View::Verdict::kSelected) {
      ++(selection.verdict == View::Verdict::kDenied ? chunk->n_denied : chunk->n_filtered);
      continue;
    }
    if (chunk->n_events++ == 0) {
      chunk->oldest = at->second->record.received;
      chunk->first_event = at->first;
    }
    chunk->last_event = at->first;
    writer.add(selection.text);
  }
  writer.finish();
  return chunk;
}

}  // namespace ringside
