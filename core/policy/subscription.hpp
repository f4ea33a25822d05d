#pragma once
// Subscription: the set of types a connection wants, each with the filter that applies to it. A
// value: changing one makes another, so that views keyed by it can be shared.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event/event_view.hpp"
#include "core/policy/filter.hpp"

namespace ringside {

class Subscription {
 public:
  // All types, implied, until the first subscribe() names some. `filter` (may be null) applies to
  // all of them.
  [[nodiscard]] static Subscription everything(std::shared_ptr<const Filter> filter);
  // These types (full names or aliases).
  [[nodiscard]] static Subscription of(const std::vector<std::string>& types,
                                       std::shared_ptr<const Filter> filter);

  // The first subscribe() on an implied "all" replaces it; later ones add. Subscribing to a type
  // again replaces its filter.
  // "*" means all types, with this filter and no exceptions.
  void subscribe(const std::vector<std::string>& types,
                 const std::shared_ptr<const Filter>& filter);
  // Takes types away, from "all" too; "*" takes away everything.
  void unsubscribe(const std::vector<std::string>& types);

  [[nodiscard]] bool wants(const EventView& event) const;  // type, then its filter
  [[nodiscard]] bool wants_type(EventType type, std::string_view name) const noexcept;
  // The filter that events of this type have to pass, if it wants them; null: none.
  [[nodiscard]] const Filter* filter_of(std::string_view name) const noexcept;
  // Whether one of its filters rules out events by hashes of their members.
  [[nodiscard]] bool is_indexed() const noexcept;
  [[nodiscard]] bool needs_json() const noexcept;  // whether wants() may look at event.root
  [[nodiscard]] const std::string& key() const noexcept {
    return key_;
  }  // canonical; equal keys select equal events
  [[nodiscard]] std::vector<std::string> types() const;  // full names, sorted; {"*"} for all
  // The number that the limit on types counts: the types named, and those taken away from "all" (each is kept, so each
  // counts).
  [[nodiscard]] std::size_t n_types() const noexcept;
  // Whether one of its filters may cost much more than parsing the event.
  [[nodiscard]] bool is_costly() const noexcept;
  // Bytes that its filters take, each counted once.
  [[nodiscard]] std::size_t filter_bytes() const;

 private:
  void rebuild_key();
  bool all_ = false;
  bool implied_ = false;
  std::shared_ptr<const Filter> all_filter_;
  std::map<std::string, std::shared_ptr<const Filter>, std::less<>> types_;
  std::set<std::string, std::less<>> excluded_;  // taken away from "all"
  std::string key_;
};

}  // namespace ringside
