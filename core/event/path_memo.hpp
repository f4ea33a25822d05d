#pragma once
// PathMemo: what filters found at a path in one event. Many connections filter by the same few
// members ("status", "level"), and a look-up in a parsed event costs more than judging the value;
// so each is looked up once for an event and not once for each view.
//
// Belongs to one value of Json and must be cleared when that is replaced. Threads: one.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace ringside {

class PathMemo {
 public:
  // Nothing if the path was not looked up yet; an absent value if it has none.
  [[nodiscard]] std::optional<JsonRef> find(JsonRef root, std::string_view path) const noexcept {
    if (root.raw() == root_.raw()) {
      for (std::size_t i = 0; i < n_; ++i) {
        if (entries_[i].path == path) {
          return entries_[i].value;
        }
      }
    }
    return std::nullopt;
  }

  // Paths beyond the first few, and long ones, are not kept.
  void keep(JsonRef root, std::string_view path, JsonRef value) {
    if (root.raw() != root_.raw()) {
      root_ = root;
      n_ = 0;
    }
    if (n_ < entries_.size() && path.size() <= kMaxPathBytes) {
      entries_[n_].path = path;
      entries_[n_++].value = value;
    }
  }

  void clear() noexcept {
    root_ = JsonRef();
    n_ = 0;
  }

 private:
  static constexpr std::size_t kMaxPathBytes = 64;
  struct Entry {
    std::string path;
    JsonRef value;
  };
  JsonRef root_;
  std::array<Entry, 4> entries_;
  std::size_t n_ = 0;
};

}  // namespace ringside
