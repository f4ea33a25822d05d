// The cost of fan-out is one system call a connection, so everything before that call is done once
// for all of them: the walk over the records, the filter, the envelope, the frame headers, the
// compression. Measured in docs/performance.md.
#include "module/delivery/frame_cache.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "core/base/check.hpp"

namespace ringside {

std::shared_ptr<Chunk> FrameCache::chunk(RenderContext& context, Seq from, Seq limit) {
  recent_.resize(kSlots);
  std::weak_ptr<Chunk>& slot = recent_[slot_of(from)];
  if (auto found = slot.lock(); found && found->begin == from && found->end <= limit) {
    return found;
  }
  if (auto found = chunk_of_a_like_view(context, from, limit)) {
    slot = found;
    return found;
  }
  auto made = render(context, from, limit, std::numeric_limits<std::uint32_t>::max());
  if (!made->lost) {
    slot = made;
    context.chunks.keep(made, view_->role(), shape_);
  }
  return made;
}

// Different filters often select the same events in a range. If so, the chunk rendered for another view of the same role
// can be reused: everything that is counted in it is the same too, and only the filter has to be evaluated. After
// kMaxMisses failures in a row, try again only every kTryAgain chunks.
std::shared_ptr<Chunk> FrameCache::chunk_of_a_like_view(RenderContext& context, Seq from,
                                                        Seq limit) {
  constexpr unsigned kMaxMisses = 8;
  constexpr unsigned kTryAgain = 64;
  if (n_unlike_ >= kMaxMisses && n_unlike_ % kTryAgain != 0) {
    ++n_unlike_;
    return nullptr;
  }
  auto found = context.chunks.latest(from, view_->role(), shape_);
  if (!found || found->end > limit) {
    return nullptr;
  }
  if (!selects_the_same(context, *found)) {
    ++n_unlike_;
    return nullptr;
  }
  n_unlike_ = 0;
  return found;
}

bool FrameCache::selects_the_same(RenderContext& context, const Chunk& chunk) const {
  for (Seq at = chunk.begin; at < chunk.end; at = at.next()) {
    const RecordCache::Lookup found = context.records.find(at);
    if (found.record == nullptr) {
      return false;
    }
    const View::Selection selection = view_->select(context.records, *found.record);
    if (!context.budget->spend(selection.cost) ||
        (selection.verdict == View::Verdict::kSelected) !=
            chunk.selected[at.value - chunk.begin.value]) {
      return false;
    }
  }
  return true;
}

FrameCache::Passed FrameCache::pass_over(RenderContext& context, Seq from, Seq limit) {
  const Epoch epoch = context.lineage.current();
  if (epoch != last_passed_.epoch || from != last_passed_.from || limit != last_passed_.limit) {
    Known known;
    const Passed passed = pass_over(context, from, limit, known);
    if (context.budget->exhausted()) {
      return passed;  // there may be more to pass over
    }
    last_passed_ = {epoch, from, limit, passed};
  }
  return last_passed_.passed;
}

FrameCache::Passed FrameCache::pass_over(RenderContext& context, Seq from, Seq limit,
                                         Known& known) const {
  Passed passed{from};
  while (view_->is_indexed() && passed.end < limit && !context.budget->exhausted()) {
    const Seq at = passed.end;
    const std::uint64_t slot = at.value % BlockColumns::kRecords;
    if (at >= known.end) {
      const Seq end = std::min(limit, Seq{at.value - slot + BlockColumns::kRecords});
      const std::optional<View::Split> split =
          view_->split(context.records, *context.budget, at, end);
      if (!split) {
        break;
      }
      known = {end, split->candidates, split->denied};
      (void)context.budget->spend(WorkBudget::kMatched);
    }
    const BlockColumns::Slots left = known.candidates >> slot;
    const std::uint64_t n_known = known.end.value - at.value;
    const std::uint64_t n =
        left == 0 ? n_known
                  : std::min<std::uint64_t>(n_known, static_cast<unsigned>(std::countr_zero(left)));
    const BlockColumns::Slots these = n == BlockColumns::kRecords
                                          ? ~BlockColumns::Slots{0}
                                          : ((BlockColumns::Slots{1} << n) - 1) << slot;
    const auto n_denied = static_cast<std::uint32_t>(std::popcount(known.denied & these));
    passed.n_denied += n_denied;
    passed.n_filtered += static_cast<std::uint32_t>(n) - n_denied;
    passed.end = Seq{at.value + n};
    if (n < n_known) {
      break;  // at a candidate
    }
  }
  return passed;
}

std::shared_ptr<Chunk> FrameCache::render(RenderContext& context, Seq from, Seq limit,
                                          std::uint32_t max_events) {
  RS_CHECK(context.budget != nullptr && from < limit);
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = from;
  const Seq boundary{(from.value / kAlignment + 1) * kAlignment};
  const Seq stop = std::min(limit, boundary);
  BatchWriter writer(context, view_->role(), shape_, *chunk);
  Seq at = from;
  Known known;
  for (; at < stop && chunk->frames.size() < kMaxChunkBytes && chunk->n_events < max_events;
       at = at.next()) {
    if (const Passed passed = pass_over(context, at, stop, known); passed.end != at) {
      chunk->n_denied += passed.n_denied;
      chunk->n_filtered += passed.n_filtered;
      at = passed.end;
      if (at >= stop || context.budget->exhausted()) {
        break;
      }
    }
    const RecordCache::Lookup found = context.records.find(at);
    if (found.record == nullptr) {
      if (at == from) {
        chunk->lost = true;
        at = std::min(found.next, limit);
      }
      break;  // what was rendered so far goes first, the loss is told next
    }
    const View::Selection selection = view_->select(context.records, *found.record);
    if (selection.verdict == View::Verdict::kDenied) {
      ++chunk->n_denied;
    } else if (selection.verdict == View::Verdict::kFiltered) {
      ++chunk->n_filtered;
    } else if (selection.verdict == View::Verdict::kSelected) {
      if (chunk->n_events == 0) {
        chunk->oldest = found.record->record.received;
        chunk->first_event = at;
      }
      chunk->last_event = at;
      chunk->selected.set(at.value - from.value);
      ++chunk->n_events;
      writer.add(at, selection.text);
    }
    if (!context.budget->spend(selection.cost)) {
      at = at.next();
      break;
    }
  }
  writer.finish();
  chunk->end = at;
  return chunk;
}

void BatchWriter::add(Seq seq, std::string_view event_text) {
  if (n_pending_ == 0) {
    shape_.encoding->begin_batch(out_.frames);
  }
  const EventId id{context_.lineage.epoch_of(seq), hides_ids_ ? context_.ids->hide(seq) : seq};
  shape_.encoding->add_event(out_.frames, id,
                             hides_ids_ ? std::string_view(with_id(event_text, id)) : event_text,
                             n_pending_ == 0);
  if (++n_pending_ >= shape_.batch_size) {
    finish();
  }
}

void BatchWriter::finish() {
  if (n_pending_ == 0) {
    return;
  }
  shape_.encoding->end_batch(out_.frames, n_pending_, context_.clock.wall_now());
  n_pending_ = 0;
  ++out_.n_frames;
  ++context_.n_frames_rendered;
}

}  // namespace ringside
