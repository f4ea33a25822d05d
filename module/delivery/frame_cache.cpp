// The cost of fan-out is one system call a connection, so everything before that call is done once
// for all of them: the walk over the records, the filter, the envelope, the frame headers, the
// compression. Measured in docs/performance.md.
#include "module/delivery/frame_cache.hpp"

#include <algorithm>
#include <limits>

namespace ringside {

namespace {

[[nodiscard]] std::size_t place_of(Seq from, FrameShape shape) noexcept {
  const std::uint64_t mixed = from.value * 2 + (shape.compressed ? 1 : 0);
  return static_cast<std::size_t>((mixed * 0x9e3779b97f4a7c15U) >> 58U);  // kPlaces is 2^6
}

}  // namespace

void ChunkStore::keep(std::shared_ptr<Chunk> chunk, const RoleView& role, FrameShape shape) {
  Place& place = places_[place_of(chunk->begin, shape)];
  place.role = role.key();
  place.shape = shape;
  place.chunk = chunk;
  n_bytes_ += chunk->frames.size();
  chunks_.push_back(std::move(chunk));
  while (n_bytes_ > max_bytes_ && chunks_.size() > 1) {
    n_bytes_ -= chunks_.front()->frames.size();
    chunks_.pop_front();
  }
}

std::shared_ptr<Chunk> ChunkStore::latest(Seq from, const RoleView& role, FrameShape shape) const {
  const Place& place = places_[place_of(from, shape)];
  auto chunk = place.chunk.lock();
  return chunk && chunk->begin == from && place.shape == shape && place.role == role.key()
             ? chunk
             : nullptr;
}

void ChunkStore::clear() noexcept {
  places_ = {};
  chunks_.clear();
  n_bytes_ = 0;
}

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

// Filters differ, and what they select at one place is often the same. Then so is the chunk, with
// all that is counted in it, since the role is the same too: only the filter needs to be asked, and
// nothing is copied. A filter that is unlike the others in most places soon is asked once again
// only now and then.
std::shared_ptr<Chunk> FrameCache::chunk_of_a_like_view(RenderContext& context, Seq from,
                                                        Seq limit) {
  constexpr unsigned kPatience = 8;
  constexpr unsigned kTryAgain = 64;
  if (n_unlike_ >= kPatience && n_unlike_ % kTryAgain != 0) {
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
    if (found.record == nullptr ||
        (view_->select(context.records, *found.record).verdict == View::Verdict::kSelected) !=
            chunk.selected[at.value - chunk.begin.value]) {
      return false;
    }
  }
  return true;
}

std::shared_ptr<Chunk> FrameCache::render(RenderContext& context, Seq from, Seq limit,
                                          std::uint32_t max_events) {
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = from;
  const Seq boundary{(from.value / kAlignment + 1) * kAlignment};
  const Seq stop = std::min(limit, boundary);
  BatchWriter writer(context, shape_, *chunk);
  Seq at = from;
  for (; at < stop && chunk->frames.size() < kMaxChunkBytes && chunk->n_events < max_events;
       at = at.next()) {
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
    } else {
      if (chunk->n_events == 0) {
        chunk->oldest = found.record->record.received;
        chunk->first_event = at;
      }
      chunk->last_event = at;
      chunk->selected.set(at.value - from.value);
      ++chunk->n_events;
      writer.add(selection.text);
    }
  }
  writer.finish();
  chunk->end = at;
  return chunk;
}

namespace {

constexpr std::string_view kEnvelopeBegin = R"({"type":"batch","timestamp":")";
constexpr std::string_view kEnvelopeMiddle = R"(","events":[)";
constexpr std::string_view kEnvelopeEnd = "]}";
constexpr std::size_t kMaxTimeBytes = 40;
constexpr std::size_t kMaxPrefix = kEnvelopeBegin.size() + kMaxTimeBytes + kEnvelopeMiddle.size();

}  // namespace

void BatchWriter::add(std::string_view event_text) {
  if (n_pending_ == 0) {
    out_.frames.begin_frame(kMaxPrefix);
  } else {
    out_.frames.add(",");
  }
  out_.frames.add(event_text);
  if (++n_pending_ >= shape_.batch_size) {
    finish();
  }
}

void BatchWriter::finish() {
  if (n_pending_ == 0) {
    return;
  }
  std::string prefix;
  if (n_pending_ > 1) {
    prefix += kEnvelopeBegin;
    prefix += format_rfc3339(context_.clock.wall_now());
    prefix += kEnvelopeMiddle;
    out_.frames.add(kEnvelopeEnd);
  }
  n_pending_ = 0;
  ++out_.n_frames;
  ++context_.n_frames_rendered;
  // A fresh context cannot gain on less than this, and costs as much as on more.
  constexpr std::size_t kWorthCompressing = 128;
  if (shape_.compressed) {
    const std::string_view payload = out_.frames.pending(prefix);
    if (payload.size() >= kWorthCompressing) {
      const std::string_view deflated = context_.deflater.deflate(payload);
      out_.frames.drop_frame();
      out_.frames.append(Opcode::kText, deflated, true);
      return;
    }
  }
  out_.frames.end_frame(Opcode::kText, prefix);
}

}  // namespace ringside
