// Why blocks: sessions walk the stream in order, so a look-up should cost once per block and not
// once per event, and history comes out of the ring by a seek, which is worth its price only for
// many records at a time. Blocks are aligned to their sequence numbers so that every session that
// passes shares them.
#include "module/delivery/record_cache.hpp"

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

constexpr std::size_t kRecordOverhead = sizeof(CachedRecord);
// A parsed event takes about this many times its text: jansson allocates each value, key and table by itself. Charged at
// 4, a full cache of 24 MiB was seen to take 80 to 110 MB.
constexpr std::size_t kParsedFactor = 12;

std::uint64_t block_number(Seq seq) { return seq.value / RecordCache::kBlockRecords; }
std::size_t slot_of(Seq seq) { return seq.value % RecordCache::kBlockRecords; }

// A damaged ring may contain any code; policies index tables by it.
EventType type_of(const Record& record) {
  return record.type_code <= static_cast<std::uint8_t>(EventType::kMetric)
             ? static_cast<EventType>(record.type_code)
             : EventType::kCustom;
}

}  // namespace

RecordCache::RecordCache(const RingReader& reader, std::size_t max_bytes)
    : reader_(reader),
      history_(reader),
      max_bytes_(max_bytes),
      live_(reader.cursor_after_head()),
      head_{live_.seq.value - 1} {}

bool RecordCache::read_new(std::size_t max_records, std::size_t max_bytes) {
  std::size_t n_bytes = 0;
  for (std::size_t n = 0; n < max_records && n_bytes < max_bytes; ++n) {
    const ReadResult got = reader_.read_next(live_, scratch_);
    switch (got.outcome) {
      case ReadOutcome::kEmpty:
        return false;
      case ReadOutcome::kRecord: {
        const std::uint64_t number = block_number(scratch_.seq);
        head_ = scratch_.seq;
        n_bytes += scratch_.buffer.size();
        store(block_for(number), std::move(scratch_));
        scratch_ = Record();
        evict(number);
        break;
      }
      case ReadOutcome::kLapped:
      case ReadOutcome::kCorrupt:
        // What was skipped is absent from the cache; find() asks the ring, which says what is still
        // there.
        head_ = Seq{live_.seq.value - 1};
        break;
    }
  }
  return true;
}

void RecordCache::skip_to_head() {
  last_found_ = nullptr;
  index_.clear();
  blocks_.clear();
  n_bytes_ = 0;
  live_ = reader_.cursor_after_head();
  head_ = Seq{live_.seq.value - 1};
}

RecordCache::Lookup RecordCache::find(Seq seq) {
  const std::uint64_t number = block_number(seq);
  if (last_found_ == nullptr || last_found_->number != number) {
    auto at = index_.find(number);
    if (at == index_.end()) {
      load_history(number);
      at = index_.find(number);
    } else if (at->second != blocks_.begin()) {
      blocks_.splice(blocks_.begin(), blocks_, at->second);
    }
    last_found_ = &*at->second;
  }
  Block& block = *last_found_;
  if (with_disk_ && !block.has_disk && !block.records[slot_of(seq)].present) {
    load_history(number);
  }
  if (CachedRecord& here = block.records[slot_of(seq)]; here.present) {
    return {&here, seq};
  }
  // Lost, or skipped when this process was lapped while the ring still has it.
  const Seq next = read_one(seq);
  if (next == seq) {
    store(block, std::move(scratch_));
    scratch_ = Record();
    return {&block.records[slot_of(seq)], seq};
  }
  // The ring has moved on, but what it lost may still be here.
  for (Seq later = seq.next(); later < next && later <= head_ && block_number(later) == number;
       later = later.next()) {
    if (block.records[slot_of(later)].present) {
      return {nullptr, later};
    }
  }
  return {nullptr, next};
}

RecordCache::Range RecordCache::range(Seq from, Seq end) {
  if (find(from).record == nullptr) {
    return {};
  }
  Block& block = *last_found_;
  const std::uint64_t n = end.value - from.value;
  const BlockColumns::Slots all = ~BlockColumns::Slots{0} >> (kBlockRecords - n);
  Range range;
  range.slots = all << slot_of(from);
  if ((block.present & range.slots) != range.slots) {
    return {};
  }
  range.columns = &block.columns;
  range.records = block.records.data();
  return range;
}

void RecordCache::charge_columns(Seq from) {
  const auto block = index_.find(block_number(from));
  if (block != index_.end()) {
    const std::size_t grown =
        block->second->columns.n_bytes() - block->second->n_column_bytes;  // they never shrink
    block->second->n_column_bytes += grown;
    block->second->n_bytes += grown;
    n_bytes_ += grown;
  }
}

EventView RecordCache::view_of(CachedRecord& cached, bool with_json) {
  if (with_json && !cached.parsed.present()) {
    ++n_parsed_;
    if (auto parsed = Json::parse(cached.record.text())) {
      cached.parsed = std::move(*parsed);
      cached.memo = std::make_unique<PathMemo>();
    }
    charge(cached, cached.record.buffer.size() * kParsedFactor);
  }
  return EventView{type_of(cached.record), cached.record.name(), cached.record.received,
                   cached.record.text(),   cached.parsed.ref(),  cached.memo.get()};
}

EventView RecordCache::projection_of(CachedRecord& cached, const RoleView& role) {
  EventView view = view_of(cached, true);
  if (!view.root.present()) {
    return view;
  }
  if (cached.projected_for != role.projection_key()) {
    ++n_projected_;
    cached.projected_for = role.projection_key();
    cached.projected = cached.parsed.deep_copy();
    cached.memo->clear();
    cached.projected_text.clear();
    if (role.project(cached.projected.ref())) {
      cached.projected.ref().dump_to(cached.projected_text);
    } else {
      cached.projected_text = cached.record.text();
    }
    charge(cached, cached.projected_text.size() * (kParsedFactor + 1));
  }
  view.text = cached.projected_text;
  view.root = cached.projected.ref();
  return view;
}

void RecordCache::charge(const CachedRecord& cached, std::size_t n_bytes) {
  const auto block = index_.find(block_number(cached.record.seq));
  if (block != index_.end() && &block->second->records[slot_of(cached.record.seq)] == &cached) {
    n_bytes_ += n_bytes;
    block->second->n_bytes += n_bytes;
  }
}

RecordCache::Block& RecordCache::block_for(std::uint64_t number) {
  if (const auto at = index_.find(number); at != index_.end()) {
    return *at->second;
  }
  blocks_.emplace_front();
  Block& block = blocks_.front();
  block.number = number;
  index_[number] = blocks_.begin();
  return block;
}

void RecordCache::store(Block& block, Record&& record) {
  CachedRecord& slot = block.records[slot_of(record.seq)];
  const std::size_t n = record.buffer.capacity() + kRecordOverhead;
  block.n_bytes += n;
  n_bytes_ += n;
  slot.record = std::move(record);
  slot.parsed = Json();
  slot.projected = Json();
  slot.projected_for.clear();
  slot.memo.reset();
  slot.present = true;
  block.present |= BlockColumns::Slots{1} << slot_of(slot.record.seq);
  block.columns.forget(slot_of(slot.record.seq));
}

namespace {

// Reads from `cursor` to the end of the block; keep(record) takes what is there.
template <class Source, class Place, class Keep>
void read_block(Source& source, Place cursor, std::uint64_t number, Seq head, Record& scratch,
                Keep keep) {
  while (cursor.seq <= head && block_number(cursor.seq) == number) {
    const ReadResult got = source.read_next(cursor, scratch);
    if (got.outcome == ReadOutcome::kRecord) {
      keep();
    } else if (got.outcome == ReadOutcome::kEmpty) {
      break;
    }
  }
}

}  // namespace

void RecordCache::load_history(std::uint64_t number) {
  Block& block = block_for(number);
  const Seq first{std::max<std::uint64_t>(number * kBlockRecords, 1)};
  const auto keep = [&] {
    if (!block.records[slot_of(scratch_.seq)].present) {
      store(block, std::move(scratch_));
      scratch_ = Record();
    }
  };
  if (with_disk_) {
    block.has_disk = true;
    read_block(history_, history_.seek_seq(first).cursor, number, head_, scratch_, keep);
  } else {
    read_block(reader_, reader_.seek_seq(first).cursor, number, head_, scratch_, keep);
  }
  evict(number);
}

// Reads the record into `scratch_` and returns its sequence, or returns the next one that may be there.
Seq RecordCache::read_one(Seq seq) {
  if (with_disk_) {
    HistoryCursor at = history_.seek_seq(seq).cursor;
    const bool is_there =
        at.seq == seq && history_.read_next(at, scratch_).outcome == ReadOutcome::kRecord;
    return is_there ? seq : std::max(at.seq, seq.next());
  }
  const RingReader::Seek seek = reader_.seek_seq(seq);
  Cursor at = seek.cursor;
  const bool is_there =
      at.seq == seq && reader_.read_next(at, scratch_).outcome == ReadOutcome::kRecord;
  return is_there ? seq : at.seq;
}

// Keeps the block in use and the newest one, whatever they weigh: a single block may be larger than
// the cache is meant to be.
void RecordCache::evict(std::uint64_t keep) {
  const std::uint64_t newest = block_number(head_);
  auto at = blocks_.end();
  while (n_bytes_ > max_bytes_ && at != blocks_.begin()) {
    --at;
    if (at->number == keep || at->number == newest) {
      continue;
    }
    if (last_found_ == &*at) {
      last_found_ = nullptr;
    }
    n_bytes_ -= at->n_bytes;
    index_.erase(at->number);
    at = blocks_.erase(at);
  }
}

}  // namespace ringside
