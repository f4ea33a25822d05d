// The order of the tests is the order of their cost: the type, which stands in the record's header,
// decides most events; the JSON is only looked at by those that a filter or a hidden member
// concerns.
#include "module/delivery/view.hpp"

#include <utility>

#include "module/work_budget.hpp"

namespace ringside {

View::View(RoleView role, Subscription subscription)
    : role_(std::move(role)),
      subscription_(std::move(subscription)),
      reads_json_(role_.hides_fields() || subscription_.needs_json()),
      costly_(subscription_.is_costly()) {}

unsigned View::cost_of(const CachedRecord& record) const noexcept {
  if (!reads_json_) {
    return WorkBudget::kTypeOnly;
  }
  return costly_ ? WorkBudget::kCostly
                 : WorkBudget::kParsed + static_cast<unsigned>(record.record.buffer.size() /
                                                               WorkBudget::kBytesPerUnit);
}

std::string View::key_of(const RoleView& role, const Subscription& subscription) {
  std::string key = role.key();
  key += '\n';
  key += subscription.key();
  return key;
}

View::Selection View::select(RecordCache& cache, CachedRecord& record) const {
  EventView event = cache.view_of(record, false);
  if (!role_.may_see(event.type, event.name)) {
    return {Verdict::kDenied, {}};
  }
  if (!subscription_.wants_type(event.type, event.name)) {
    return {Verdict::kFiltered, {}};
  }
  if (role_.hides_fields()) {
    event = cache.projection_of(record, role_);
    if (!event.root.present()) {
      return {Verdict::kDenied,
              {}};  // what cannot be read cannot be stripped of what this role may not see
    }
  } else if (subscription_.needs_json()) {
    event = cache.view_of(record, true);
  }
  if (subscription_.needs_json() && (!event.root.present() || !subscription_.wants(event))) {
    return {Verdict::kFiltered, {}};
  }
  return {Verdict::kSelected, event.text};
}

}  // namespace ringside
