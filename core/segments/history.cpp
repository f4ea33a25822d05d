// A record that the ring has is read from the ring: that is memory. The worker writes a record to the disk while the ring
// still has it, so what the ring has lost is on the disk already, and a sequence that is in neither is gone.
#include "core/segments/history.hpp"

#include <algorithm>
#include <utility>

namespace ringside {

History::History(const RingReader& ring, std::unique_ptr<SegmentReader> segments)
    : ring_(ring), segments_(std::move(segments)) {}

Seq History::oldest() {
  const Seq tail = ring_.cursor_at_tail().seq;
  if (segments_ != nullptr) {
    segments_->refresh_if_changed();
  }
  return segments_ != nullptr && !segments_->empty() ? std::min(tail, segments_->oldest()) : tail;
}

void History::refresh() {
  if (segments_ != nullptr) {
    segments_->refresh();
  }
}

ReadResult History::read_ring(HistoryCursor& at, Record& out) const {
  if (at.in_ring.seq != at.seq) {
    const RingReader::Seek place = ring_.seek_seq(at.seq);
    at.in_ring = place.cursor;
    if (place.cursor.seq != at.seq && place.missed > 0) {
      at.seq = place.cursor.seq;
      return {ReadOutcome::kLapped, place.missed};
    }
  }
  const ReadResult result = ring_.read_next(at.in_ring, out);
  at.seq = at.in_ring.seq;
  return result;
}

ReadResult History::read_next(HistoryCursor& at, Record& out) {
  at.seq = std::max(at.seq, Seq{1});
  const Seq from = at.seq;
  if (segments_ == nullptr || from >= ring_.cursor_at_tail().seq) {
    const ReadResult result = read_ring(at, out);
    if (result.outcome != ReadOutcome::kLapped || segments_ == nullptr) {
      return result;
    }
    at.seq = from;  // overwritten meanwhile, and on disk
  }
  if (at.on_disk.seq != at.seq) {
    at.on_disk = SegmentCursor{at.seq, {}, 0};
  }
  const SegmentOutcome outcome = segments_->read_next(at.on_disk, out);
  if (outcome == SegmentOutcome::kRecord) {
    at.seq = at.on_disk.seq;
    return {ReadOutcome::kRecord, 0};
  }
  const Cursor tail = ring_.cursor_at_tail();
  if (outcome == SegmentOutcome::kGone && at.on_disk.seq < tail.seq) {
    at.seq = at.on_disk.seq;
  } else {
    at.seq = std::max(tail.seq, from);
    at.in_ring = tail;
  }
  if (at.seq == from) {  // the ring has it after all: it was being replaced under us
    return read_ring(at, out);
  }
  return {ReadOutcome::kLapped, at.seq.value - from.value};
}

History::Place History::seek_seq(Seq first) {
  first = std::max(first, Seq{1});
  const RingReader::Seek in_ring = ring_.seek_seq(first);
  if (segments_ == nullptr || in_ring.cursor.seq <= first) {
    return {{in_ring.cursor.seq, in_ring.cursor, {}}, in_ring.missed};
  }
  segments_->refresh_if_changed();
  const SegmentCursor on_disk = segments_->seek_seq(first);
  const bool is_there = !segments_->empty() && on_disk.seq < in_ring.cursor.seq &&
                        (on_disk.seq > first || segments_->has(first));
  const Seq at = is_there ? on_disk.seq : in_ring.cursor.seq;
  return {{at, in_ring.cursor, on_disk}, at.value - first.value};
}

History::Place History::seek_time(WallTime time) {
  const RingReader::Seek in_ring = ring_.seek_time(time);
  const Place from_ring{{in_ring.cursor.seq, in_ring.cursor, {}}, in_ring.missed};
  if (segments_ == nullptr || in_ring.missed == 0) {
    return from_ring;
  }
  segments_->refresh_if_changed();
  if (segments_->empty()) {
    return from_ring;
  }
  // The place is the ring's tail: records before it may be younger.
  const SegmentReader::TimePlace on_disk = segments_->seek_time(time);
  const Seq at = on_disk.is_found ? std::min(on_disk.seq, in_ring.cursor.seq) : in_ring.cursor.seq;
  const std::uint64_t missed = on_disk.is_certain ? 0 : oldest().value - 1;
  return {{at, in_ring.cursor, {at, {}, 0}}, missed};
}

}  // namespace ringside
