// No sequence is used twice: a new ring begins with the disk's next one. The ring before may have used that one, too, for
// an event that did not reach the disk: then the epochs of the two events differ.
#include "worker/history/history_ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <utility>

#include "core/base/log.hpp"
#include "core/ring/record_format.hpp"
#include "core/segments/segment_reader.hpp"

namespace ringside {
namespace {

constexpr std::size_t kFlushBytes = 256u << 10u;

// The first record on disk from which on all follow, each fits the ring, and together they about fill it.
[[nodiscard]] Seq first_for_ring(SegmentReader& reader, Seq from, Seq end, std::uint64_t capacity) {
  Seq first = from;
  std::uint64_t n_bytes = 0;  // from `first` on
  std::deque<std::pair<Seq, std::uint64_t>> sizes;
  SegmentCursor at = reader.seek_seq(from);
  Record record;
  first = at.seq;
  while (at.seq < end) {
    const Seq seq = at.seq;
    const SegmentOutcome outcome = reader.read_next(at, record);
    if (outcome == SegmentOutcome::kEnd) {
      return end;
    }
    const std::uint64_t total = round_up_to_word(kRecordHeaderBytes + record.buffer.size());
    if (outcome == SegmentOutcome::kGone || total > max_total_bytes(capacity)) {
      first = at.seq;
      n_bytes = 0;
      sizes.clear();
      continue;
    }
    sizes.emplace_back(seq, total);
    n_bytes += total;
    while (n_bytes > capacity) {
      n_bytes -= sizes.front().second;
      sizes.pop_front();
      first = sizes.empty() ? at.seq : sizes.front().first;
    }
  }
  return first;
}

[[nodiscard]] Status fill_ring(SegmentReader& reader, Seq end, RingAppender& ring) {
  SegmentCursor at = reader.seek_seq(ring.next_seq());
  Record record;
  while (ring.next_seq() < end) {
    if (reader.read_next(at, record) != SegmentOutcome::kRecord || record.seq != ring.next_seq()) {
      return fail(fmt::format("event {} of the history on disk could not be read again",
                              ring.next_seq().value));
    }
    ring.append(record.type_code, record.name(), record.text(), {}, record.received);
  }
  return {};
}

// How a ring that is created continues what is on disk.
[[nodiscard]] Status plan_new_ring(RingOptions& options, const SegmentStore& store,
                                   std::unique_ptr<SegmentReader>& reader, const std::string& dir) {
  const Seq end = store.next();
  options.lineage = store.lineage();
  if (!store.was_stopped()) {
    options.lineage.begin(new_epoch(store.lineage()), Seq{end.value - 1});
  }
  Result<std::unique_ptr<SegmentReader>> opened = SegmentReader::open(dir);
  if (!opened) {
    return tl::unexpected<Error>(opened.error());
  }
  reader = std::move(*opened);
  options.first = first_for_ring(*reader, store.seq_before_newest(options.capacity_bytes), end,
                                 options.capacity_bytes);
  options.fill = [&reader, end](RingAppender& ring) { return fill_ring(*reader, end, ring); };
  return {};
}

// Whether what is on disk is the ring's own past.
[[nodiscard]] bool continues(const RingWriter& ring, const SegmentStore& store) {
  const Epoch epoch = store.lineage().current();
  return (epoch == ring.epoch() || ring.lineage().end_of(epoch).has_value()) &&
         store.next() <= ring.next_seq();
}

}  // namespace

Result<CatchUp> catch_up(const RingReader& ring, SegmentStore& store, std::size_t max_bytes) {
  CatchUp out;
  const RingReader::Seek place = ring.seek_seq(store.next());
  Cursor at = place.cursor;
  if (at.seq != store.next()) {
    out.n_lost += at.seq.value - store.next().value;
    store.continue_with(ring.lineage(), at.seq);
  }
  Record record;
  for (std::size_t n_bytes = 0; n_bytes < max_bytes;) {
    const ReadResult got = ring.read_next(at, record);
    if (got.outcome == ReadOutcome::kEmpty) {
      out.done = true;
      break;
    }
    if (got.outcome !=
        ReadOutcome::kRecord) {  // a damaged ring: its writer continues after the head
      if (Status flushed = store.flush(); !flushed) {
        return tl::unexpected<Error>(flushed.error());
      }
      out.n_lost += got.missed;
      store.continue_with(ring.lineage(), at.seq);
      continue;
    }
    store.add(record.type_code, record.name(), record.text(), record.received);
    n_bytes += record.buffer.size() + kRecordHeaderBytes;
    if (store.n_buffered() > kFlushBytes) {
      if (Status flushed = store.flush(); !flushed) {
        return tl::unexpected<Error>(flushed.error());
      }
    }
  }
  if (Status flushed = store.flush(); !flushed) {
    return tl::unexpected<Error>(flushed.error());
  }
  return out;
}

Result<HistoryRing> open_history_ring(RingOptions options, SegmentStore& store,
                                      const std::string& dir, const Clock& clock) {
  HistoryRing out;
  std::unique_ptr<SegmentReader> reader;
  if (!store.empty()) {
    if (Status planned = plan_new_ring(options, store, reader, dir); !planned) {
      return tl::unexpected<Error>(planned.error());
    }
  }
  Result<std::unique_ptr<RingWriter>> ring = RingWriter::open(options, clock);
  if (!ring) {
    return tl::unexpected<Error>(ring.error());
  }
  out.ring = std::move(*ring);
  if (!store.empty() && !continues(*out.ring, store)) {
    const Result<std::string> aside = store.set_aside();
    if (!aside) {
      return tl::unexpected<Error>(aside.error());
    }
    log::warn("the history on disk is not the ring's: moved to {}", *aside);
  }
  if (out.ring->origin() == RingOrigin::kNew && !store.empty()) {
    log::info("the ring continues the history on disk from event {} on, {}", store.next().value,
              store.was_stopped()
                  ? "after a clean stop"
                  : fmt::format("with the new epoch {}: the last events before the machine stopped "
                                "may be missing",
                                format_epoch(out.ring->epoch())));
  }
  const auto view = RingReader::over(out.ring->bytes());
  if (!view) {
    return tl::unexpected<Error>(view.error());
  }
  store.continue_with(out.ring->lineage(),
                      store.empty() ? (*view)->cursor_at_tail().seq : store.next());
  if (out.ring->origin() == RingOrigin::kNew && !store.empty() &&
      !(store.lineage() == out.ring->lineage())) {
    if (Status written = store.write_lineage(); !written) {
      log::warn("{}", written.error().message);
    }
  }
  const Result<CatchUp> copied = catch_up(**view, store, std::numeric_limits<std::size_t>::max());
  if (copied) {
    out.n_lost = copied->n_lost;
  } else {
    log::warn("{}: the history on disk stops until there is room", copied.error().message);
  }
  return out;
}

}  // namespace ringside
