#pragma once
// View: what one role sees of one subscription. Connections with equal keys share one View and
// everything rendered from it. The role's part comes first, so that filters only ever look at what
// the role may see. Threads: the lws service thread only.

#include <optional>
#include <string>
#include <string_view>

#include "core/policy/access.hpp"
#include "core/policy/subscription.hpp"
#include "module/delivery/record_cache.hpp"
#include "module/work_budget.hpp"

namespace ringside {

class View {
 public:
  View(RoleView role, Subscription subscription);

  enum class Verdict {
    kSelected,
    kDenied,    // by the role
    kFiltered,  // by the subscription
    kHidden,    // may be one of the rows that this view must not know of: counted nowhere
  };
  struct Selection {
    Verdict verdict = Verdict::kFiltered;
    std::string_view text;  // what the client gets; valid as long as `record`
    unsigned cost = 0;      // what it took to find out, in units of WorkBudget
  };
  [[nodiscard]] Selection select(RecordCache& cache, CachedRecord& record) const;
  // Whether split() can rule events out.
  [[nodiscard]] bool is_indexed() const noexcept { return indexed_; }
  // Which records of [from, end), which lie in one block of the cache, select() may select, and which it denies, as bits of
  // their slots; all others are filtered. For what is indexed.
  struct Split {
    BlockColumns::Slots candidates = 0;
    BlockColumns::Slots denied = 0;
  };
  // Nothing when a record is not in the cache. What the budget does not last for is a candidate.
  [[nodiscard]] std::optional<Split> split(RecordCache& cache, WorkBudget& budget, Seq from,
                                           Seq end) const;
  // Whether a select() may cost much more than parsing the event: searches, and long lists of values.
  [[nodiscard]] bool is_costly() const noexcept { return costly_; }

  [[nodiscard]] const RoleView& role() const noexcept { return role_; }
  [[nodiscard]] const Subscription& subscription() const noexcept { return subscription_; }
  [[nodiscard]] static std::string key_of(const RoleView& role, const Subscription& subscription);

 private:
  RoleView role_;
  Subscription subscription_;
  bool costly_;
  bool indexed_;
};

}  // namespace ringside
