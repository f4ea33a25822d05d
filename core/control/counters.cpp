// The table of counters.hpp, once more as data.
#include "core/control/counters.hpp"

#include <array>

namespace ringside {
namespace {

constexpr std::array kTable = {
#define RINGSIDE_COUNTER_INFO(name, metric, labels, kind, help) \
  CounterInfo{Counter::name, metric, labels, CounterKind::kind, help},
    RINGSIDE_COUNTERS(RINGSIDE_COUNTER_INFO)
#undef RINGSIDE_COUNTER_INFO
};
static_assert(kTable.size() == static_cast<std::size_t>(Counter::kCount));

}  // namespace

std::span<const CounterInfo> counter_table() noexcept { return kTable; }

}  // namespace ringside
