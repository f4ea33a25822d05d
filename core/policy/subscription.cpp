// Two shapes in one value: a list of types, or "all" without some. Its key is made again at every
// change, which is rare, so that comparing views, which is not, is comparing strings.
#include "core/policy/subscription.hpp"

#include <algorithm>

namespace ringside {
namespace {

std::string_view filter_key(const std::shared_ptr<const Filter>& filter) noexcept {
  return filter ? std::string_view(filter->key()) : std::string_view();
}

bool passes(const std::shared_ptr<const Filter>& filter, const EventView& event) {
  return !filter || filter->matches(event);
}

bool reads_json(const std::shared_ptr<const Filter>& filter) noexcept {
  return filter && filter->needs_json();
}

// Event names have none of these characters, filter keys may contain all: so each is preceded by its
// length.
void append_entry(std::string& key, char kind, std::string_view name, std::string_view filter) {
  key += kind;
  key += name;
  if (!filter.empty()) {
    key += '{';
    key += std::to_string(filter.size());
    key += ':';
    key += filter;
    key += '}';
  }
}

}  // namespace

Subscription Subscription::everything(std::shared_ptr<const Filter> filter) {
  Subscription made;
  made.all_ = true;
  made.implied_ = true;
  made.all_filter_ = std::move(filter);
  made.rebuild_key();
  return made;
}

Subscription Subscription::of(const std::vector<std::string>& types,
                              std::shared_ptr<const Filter> filter) {
  Subscription made;
  made.subscribe(types, filter);
  return made;
}

void Subscription::subscribe(const std::vector<std::string>& types,
                             const std::shared_ptr<const Filter>& filter) {
  if (implied_) {
    *this = Subscription();
  }
  const std::vector<std::string> full = resolve_event_names(types);
  if (std::ranges::find(full, kAllEvents) != full.end()) {
    types_.clear();
    excluded_.clear();
    all_ = true;
    all_filter_ = filter;
  } else {
    for (const std::string& type : full) {
      types_[type] = filter;
      excluded_.erase(type);
    }
  }
  rebuild_key();
}

void Subscription::unsubscribe(const std::vector<std::string>& types) {
  for (const std::string& type : resolve_event_names(types)) {
    if (type == kAllEvents) {
      *this = Subscription();
      break;
    }
    types_.erase(type);
    if (all_) {
      excluded_.insert(type);
    }
  }
  rebuild_key();
}

bool Subscription::wants(const EventView& event) const {
  if (const auto at = types_.find(event.name); at != types_.end()) {
    return passes(at->second, event);
  }
  return all_ && !excluded_.contains(event.name) && passes(all_filter_, event);
}

bool Subscription::wants_type(EventType, std::string_view name) const noexcept {
  return types_.contains(name) || (all_ && !excluded_.contains(name));
}

const Filter* Subscription::filter_of(std::string_view name) const noexcept {
  const auto at = types_.find(name);
  return at != types_.end() ? at->second.get() : all_filter_.get();
}

bool Subscription::is_indexed() const noexcept {
  const auto is_indexed = [](const std::shared_ptr<const Filter>& filter) {
    return filter && !filter->indexed().empty();
  };
  return is_indexed(all_filter_) ||
         std::ranges::any_of(types_, [&](const auto& entry) { return is_indexed(entry.second); });
}

bool Subscription::needs_json() const noexcept {
  return reads_json(all_filter_) ||
         std::ranges::any_of(types_, [](const auto& entry) { return reads_json(entry.second); });
}

bool Subscription::is_costly() const noexcept {
  return (all_filter_ && all_filter_->is_costly()) ||
         std::ranges::any_of(
             types_, [](const auto& entry) { return entry.second && entry.second->is_costly(); });
}

std::size_t Subscription::filter_bytes() const {
  std::set<const Filter*> filters{all_filter_.get()};
  for (const auto& [name, filter] : types_) {
    filters.insert(filter.get());
  }
  std::size_t n_bytes = 0;
  for (const Filter* filter : filters) {
    n_bytes += filter != nullptr ? filter->n_bytes() : 0;
  }
  return n_bytes;
}

std::vector<std::string> Subscription::types() const {
  if (all_) {
    return {std::string(kAllEvents)};
  }
  std::vector<std::string> names;
  for (const auto& [name, filter] : types_) {
    names.push_back(name);
  }
  return names;
}

std::size_t Subscription::n_types() const noexcept { return types_.size() + excluded_.size(); }

void Subscription::rebuild_key() {
  key_.clear();
  if (all_) {
    append_entry(key_, '+', kAllEvents, filter_key(all_filter_));
  }
  for (const std::string& name : excluded_) {
    append_entry(key_, '-', name, {});
  }
  for (const auto& [name, filter] : types_) {
    if (!all_ || filter_key(filter) != filter_key(all_filter_)) {  // else it says what "all" says
      append_entry(key_, '+', name, filter_key(filter));
    }
  }
}

}  // namespace ringside
