#pragma once
// ShapeCache: the shapes of the latest events, the most used first. A few, since programs send the
// same few things; bounded in number and, by EventShape, in size.
//   Threads: one.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "worker/event_shape.hpp"

namespace ringside {

class ShapeCache {
 public:
  static constexpr std::size_t kMaxShapes = 32;

  // Facts about `text`, if it is an event of a known shape that can be accepted unchanged; else
  // null, which is no verdict. Good until the next call.
  [[nodiscard]] const EventShape::Envelope* find(std::string_view text, Redactor& redactor);

  // Whether it is worth while to learn another: not for a stream whose shapes never come twice.
  [[nodiscard]] bool wants_more() const noexcept { return credit_ >= kPrice; }
  // Adds a shape (null: none was made of an event, which costs all the same); the one not used for
  // longest leaves.
  void add(std::unique_ptr<EventShape> shape);

  // Shapes refer to rules of schemas: clear them before the schemas are destroyed.
  void clear() noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return shapes_.size(); }

 private:
  static constexpr unsigned kPrice = 16;  // of learning one, in hits
  static constexpr unsigned kMaxCredit = kPrice * kMaxShapes;
  static constexpr std::size_t kMaxTries = 4;

  std::vector<std::unique_ptr<EventShape>> shapes_;  // the latest first
  unsigned credit_ = kMaxCredit;
};

}  // namespace ringside
