// The order of the tests is the order of their cost: the type, which is in the record's header,
// decides most events; the JSON is only looked at by those that a filter or a hidden member
// concerns.
#include "module/delivery/view.hpp"

#include <utility>

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
      costly_(subscription_.is_costly()) {}

std::string View::key_of(const RoleView& role, const Subscription& subscription) {
  std::string key = role.key();
  key += '\n';
  key += subscription.key();
  return key;
}

View::Selection View::select(RecordCache& cache, CachedRecord& record) const {
  EventView event = cache.view_of(record, false);
  if (!role_.may_see(event.type, event.name)) {
    return {Verdict::kDenied, {}, WorkBudget::kTypeOnly};
  }
  if (!subscription_.wants_type(event.type, event.name)) {
    return {Verdict::kFiltered, {}, WorkBudget::kTypeOnly};
  }
  const bool reads_filter = subscription_.needs_json();
  if (!role_.hides_fields() && !reads_filter) {
    return {Verdict::kSelected, event.text, WorkBudget::kTypeOnly};
  }
  const std::uint64_t n_made = cache.n_made();
  event = role_.hides_fields() ? cache.projection_of(record, role_) : cache.view_of(record, true);
  unsigned cost = cache.n_made() == n_made ? WorkBudget::kMatched : cost_of_parsing(record);
  if (role_.hides_fields() && !event.root.present()) {
    // What cannot be read cannot be stripped of the members that this role may not see.
    return {Verdict::kDenied, {}, cost};
  }
  if (reads_filter) {
    cost = costly_ ? WorkBudget::kCostly : cost;
    if (!event.root.present() || !subscription_.wants(event)) {
      return {Verdict::kFiltered, {}, cost};
    }
  }
  return {Verdict::kSelected, event.text, cost};
}

}  // namespace ringside
