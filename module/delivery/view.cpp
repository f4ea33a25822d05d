// The order of the tests is the order of their cost: the type, which is in the record's header, decides most events; the JSON
// is only looked at by those that a filter or a hidden member concerns. The rows of a role come before the filters of its
// clients, and a view that must not know of all rows is told nothing of those of another type either.
#include "module/delivery/view.hpp"

#include <utility>

#include "module/delivery/hidden_ids.hpp"
#include "module/work_budget.hpp"

namespace ringside {
namespace {

unsigned cost_of_parsing(const CachedRecord& record) noexcept {
  return WorkBudget::kParsed +
         static_cast<unsigned>(record.record.buffer.size() / WorkBudget::kBytesPerUnit);
}

}  // namespace

View::View(RoleView role, Subscription subscription)
    : role_(std::move(role)),
      subscription_(std::move(subscription)),
      costly_(subscription_.is_costly() || role_.rows().is_costly()),
      // Hidden rows are counted in another way, and hidden members are not there for the filter.
      indexed_(subscription_.is_indexed() && !role_.hides_rows() && !role_.hides_fields()) {}

std::string View::key_of(const RoleView& role, const Subscription& subscription) {
  std::string key = role.key();
  key += '\n';
  key += subscription.key();
  return key;
}

View::Selection View::select(RecordCache& cache, CachedRecord& record) const {
  EventView event = cache.view_of(record, false);
  const bool hides_rows = role_.hides_rows();
  if (!role_.may_see(event.type, event.name)) {
    return {hides_rows ? Verdict::kHidden : Verdict::kDenied, {}, WorkBudget::kTypeOnly};
  }
  if (!subscription_.wants_type(event.type, event.name)) {
    return {hides_rows ? Verdict::kHidden : Verdict::kFiltered, {}, WorkBudget::kTypeOnly};
  }
  const bool reads_filter = subscription_.needs_json();
  if (!hides_rows && !role_.hides_fields() && !reads_filter) {
    return {Verdict::kSelected, event.text, WorkBudget::kTypeOnly};
  }
  const std::uint64_t n_made = cache.n_made();
  const auto cost_so_far = [&] {
    return costly_                    ? WorkBudget::kCostly
           : cache.n_made() == n_made ? WorkBudget::kMatched
                                      : cost_of_parsing(record);
  };
  if (hides_rows) {
    event = cache.view_of(record, true);
    if (!event.root.present() || !role_.rows().matches(event)) {
      return {Verdict::kHidden, {}, cost_so_far()};
    }
  }
  event = role_.hides_fields() ? cache.projection_of(record, role_) : cache.view_of(record, true);
  const unsigned cost = cost_so_far();
  if (hides_rows && !place_of_id(event.text)) {
    return {Verdict::kHidden, {}, cost};  // an id that cannot be found cannot be replaced
  }
  if (role_.hides_fields() && !event.root.present()) {
    // What cannot be read cannot be stripped of the members that this role may not see.
    return {Verdict::kDenied, {}, cost};
  }
  if (reads_filter) {
    event.hides_id = hides_rows;
    if (!event.root.present() || !subscription_.wants(event)) {
      return {Verdict::kFiltered, {}, cost};
    }
  }
  return {Verdict::kSelected, event.text, cost};
}

std::optional<View::Split> View::split(RecordCache& cache, WorkBudget& budget, Seq from,
                                       Seq end) const {
  const RecordCache::Range range = cache.range(from, end);
  if (range.columns == nullptr) {
    return std::nullopt;
  }
  const std::uint64_t n_made = cache.n_made();
  const BlockColumns::ReadEvent read = [&](std::size_t slot,
                                           bool with_json) -> std::optional<EventView> {
    if (with_json && budget.exhausted()) {
      return std::nullopt;
    }
    const std::uint64_t n_before = cache.n_made();
    CachedRecord& record = range.records[slot];
    const EventView event = cache.view_of(record, with_json);
    if (cache.n_made() != n_before) {
      budget.spend(cost_of_parsing(record));
    }
    return event;
  };
  Split split;
  for (const BlockColumns::Name& name : range.columns->names(range.slots, read)) {
    BlockColumns::Slots slots = name.slots & range.slots;
    if (slots == 0) {
      continue;
    }
    if (!role_.may_see(name.type, name.name)) {
      split.denied |= slots;
      continue;
    }
    if (!subscription_.wants_type(name.type, name.name)) {
      continue;
    }
    if (const Filter* const filter = subscription_.filter_of(name.name); filter != nullptr) {
      for (const IndexedCondition* const condition : filter->indexed()) {
        slots = range.columns->matching(*condition, slots, read);
      }
    }
    split.candidates |= slots;
  }
  if (cache.n_made() != n_made) {
    cache.charge_columns(from);
  }
  return split;
}

}  // namespace ringside
