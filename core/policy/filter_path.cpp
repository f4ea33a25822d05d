// Producers use dots in names ("app.kubernetes.io/name"), so at every object the whole rest of the
// path is tried as one member's name before it is split at its first dot.
#include "core/policy/filter_path.hpp"

#include <algorithm>

#include "core/base/text.hpp"
#include "core/event/path_memo.hpp"

namespace ringside {
namespace {

bool starts_at_root(std::string_view key) noexcept {
  return key.starts_with("data.") || key.starts_with("metadata.") || key == "event_type" ||
         key == "id" || key == "timestamp";
}

JsonRef walk(JsonRef at, std::string_view rest) noexcept {
  for (;;) {
    if (const JsonRef whole = at[rest]; whole.present()) {
      return whole;
    }
    const auto dot = rest.find('.');
    const std::string_view step = rest.substr(0, dot);
    if (at.is_array()) {
      std::size_t index = 0;
      at = parse_u64(step, index) ? at[index] : JsonRef();
    } else {
      at = at[step];
    }
    if (dot == std::string_view::npos || !at.present()) {
      return at;
    }
    rest.remove_prefix(dot + 1);
  }
}

}  // namespace

FilterPath::FilterPath(std::string_view key)
    : text_(key == "task_name" ? std::string_view("data.name") : key),
      from_root_(starts_at_root(text_)) {}

JsonRef FilterPath::read(const EventView& event) const {
  if (event.hides_id && text_ == "id") {
    return JsonRef();
  }
  if (event.memo == nullptr) {
    return look_up(event.root);
  }
  if (const auto known = event.memo->find(event.root, text_)) {
    return *known;
  }
  const JsonRef found = look_up(event.root);
  event.memo->keep(event.root, text_, found);
  return found;
}

JsonRef FilterPath::look_up(JsonRef root) const noexcept {
  if (from_root_) {
    return walk(root, text_);
  }
  const JsonRef in_data = walk(root["data"], text_);
  return in_data.present() ? in_data : walk(root["metadata"], text_);
}

std::size_t n_path_steps(std::string_view key) noexcept {
  if (key.empty() || key.front() == '.' || key.back() == '.' ||
      key.find("..") != std::string_view::npos) {
    return 0;
  }
  return static_cast<std::size_t>(std::ranges::count(key, '.')) + 1;
}

}  // namespace ringside
