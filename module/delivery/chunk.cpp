// Whole objects are charged, not only their frames: a view that selects nothing makes chunks without frames at every turn.
#include "module/delivery/chunk.hpp"

#include <utility>

#include "core/base/check.hpp"

namespace ringside {
namespace {

[[nodiscard]] std::size_t place_of(Seq from, FrameShape shape) noexcept {
  const std::uint64_t mixed = from.value * 2 + shape.encoding->name().size() % 2;
  return static_cast<std::size_t>((mixed * 0x9e3779b97f4a7c15U) >> 58U);  // kPlaces is 2^6
}

}  // namespace

void ChunkStore::keep(std::shared_ptr<Chunk> chunk, const RoleView& role, FrameShape shape) {
  Place& place = places_[place_of(chunk->begin, shape)];
  place.role = role.key();
  place.shape = shape;
  place.chunk = chunk;
  n_bytes_ += chunk->n_bytes();
  chunks_.push_back(std::move(chunk));
  while (n_bytes_ > max_bytes_ && chunks_.size() > 1) {
    RS_CHECK(n_bytes_ >= chunks_.front()->n_bytes());
    n_bytes_ -= chunks_.front()->n_bytes();
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

}  // namespace ringside
