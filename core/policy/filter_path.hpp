#pragma once
// FilterPath: where in an event a filter's key points to. Private to core/policy.

#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/event/event_view.hpp"

namespace ringside {

class FilterPath {
 public:
  // `key` as the client wrote it, without empty steps (see n_path_steps).
  explicit FilterPath(std::string_view key);

  // The value that the key names in the event; absent when there is none.
  //   Returns: for data.x, metadata.x, event_type, id and timestamp what is there; for any other key the member of
  //            `data`, or where that has none, of `metadata`.
  [[nodiscard]] JsonRef read(const EventView& event) const;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  [[nodiscard]] JsonRef look_up(JsonRef root) const noexcept;

  std::string text_;
  bool from_root_ = false;
};

// How many steps a dotted key has; 0 when one of them is empty.
[[nodiscard]] std::size_t n_path_steps(std::string_view key) noexcept;

}  // namespace ringside
