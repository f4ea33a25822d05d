// Learning a shape costs as much as a dozen events do. So it is paid from credit, which hits earn:
// a program whose every event is of another shape soon goes the plain way, and pays nothing here
// but a few comparisons that fail early, until a reload.
#include "worker/shape_cache.hpp"

#include <algorithm>

namespace ringside {

const EventShape::Envelope* ShapeCache::find(std::string_view text, Redactor& redactor) {
  std::size_t n_tries = 0;
  for (std::size_t i = 0; i < shapes_.size() && n_tries < kMaxTries; ++i) {
    if (!shapes_[i]->begins(text)) {
      continue;
    }
    ++n_tries;
    if (shapes_[i]->matches(text, redactor)) {
      credit_ = std::min(credit_ + 1, kMaxCredit);
      if (i != 0) {
        std::rotate(shapes_.begin(), shapes_.begin() + static_cast<std::ptrdiff_t>(i),
                    shapes_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
      return &shapes_.front()->envelope();
    }
  }
  return nullptr;
}

void ShapeCache::add(std::unique_ptr<EventShape> shape) {
  credit_ -= std::min(credit_, kPrice);
  if (shape == nullptr) {
    return;
  }
  if (shapes_.size() == kMaxShapes) {
    shapes_.pop_back();
  }
  shapes_.insert(shapes_.begin(), std::move(shape));
}

void ShapeCache::clear() noexcept {
  shapes_.clear();
  credit_ = kMaxCredit;
}

}  // namespace ringside
