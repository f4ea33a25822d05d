// The cost of fan-out is one system call a connection, so everything before that call is done once for all of them: the
// walk over the records, the filter, the envelope, the frame headers, the compression. Measured in docs/performance.md.
#include "module/frame_cache.hpp"

#include <algorithm>
#include <limits>

namespace ringside {

void ChunkStore::keep(std::shared_ptr<Chunk> chunk) {
  n_bytes_ += chunk->frames.size();
  chunks_.push_back(std::move(chunk));
  while (n_bytes_ > max_bytes_ && chunks_.size() > 1) {
    n_bytes_ -= chunks_.front()->frames.size();
    chunks_.pop_front();
  }
}

void ChunkStore::clear() noexcept {
  chunks_.clear();
  n_bytes_ = 0;
}

std::shared_ptr<Chunk> FrameCache::chunk(RenderContext& context, Seq from, Seq limit) {
  for (const auto& held : recent_) {
    if (auto found = held.lock(); found && found->begin == from && found->end <= limit) {
      return found;
    }
  }
  auto made = render(context, from, limit, std::numeric_limits<std::uint32_t>::max());
  if (!made->lost) {
    recent_[next_recent_] = made;
    next_recent_ = (next_recent_ + 1) % recent_.size();
    context.chunks.keep(made);
  }
  return made;
}

std::shared_ptr<Chunk> FrameCache::render(RenderContext& context, Seq from, Seq limit, std::uint32_t max_events) {
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = from;
  const Seq boundary{(from.value / kAlignment + 1) * kAlignment};
  const Seq stop = std::min(limit, boundary);
  BatchWriter writer(context, shape_, *chunk);
  Seq at = from;
  for (; at < stop && chunk->frames.size() < kMaxChunkBytes && chunk->n_events < max_events; at = at.next()) {
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
      ++chunk->n_events;
      writer.add(selection.text);
    }
  }
  writer.finish();
  chunk->end = at;
  return chunk;
}

void BatchWriter::add(std::string_view event_text) {
  if (n_pending_ != 0) {
    pending_ += ',';
  }
  pending_ += event_text;
  if (++n_pending_ >= shape_.batch_size) {
    finish();
  }
}

void BatchWriter::finish() {
  if (n_pending_ == 1) {
    write_frame(pending_);
  } else if (n_pending_ > 1) {
    std::string envelope = R"({"type":"batch","timestamp":")";
    envelope += format_rfc3339(context_.clock.wall_now());
    envelope += R"(","events":[)";
    envelope += pending_;
    envelope += "]}";
    write_frame(envelope);
  }
  pending_.clear();
  n_pending_ = 0;
}

void BatchWriter::write_frame(std::string_view payload) {
  // A fresh context cannot gain on less than this, and costs as much as on more.
  constexpr std::size_t kWorthCompressing = 128;
  ++out_.n_frames;
  if (shape_.compressed && payload.size() >= kWorthCompressing) {
    out_.frames.append(Opcode::kText, context_.deflater.deflate(payload), true);
  } else {
    out_.frames.append(Opcode::kText, payload);
  }
}

}  // namespace ringside
