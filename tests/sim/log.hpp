#pragma once
// Log: what the simulated producers have said, as plain values; and what a client should see of it, worked out without
// Ringside's policies.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ring/types.hpp"

namespace ringside::sim {

struct Event {
  std::string type;
  int color = 0;      // data.color, what filters select by
  bool warm = false;  // data.warm, a member that only the role admin sees
};

// What a client asked for, and what its role lets through.
struct Wish {
  std::string role = "viewer";
  std::set<int> rows;  // the colors that its token's filter lets through; empty: all
  bool all = true;
  std::map<std::string, std::set<int>>
      types;                 // with `all` false: a type, and the colors wanted; empty: any color
  std::set<int> all_colors;  // with `all` true: the colors wanted of every type; empty: any
  bool only_warm = false;    // a filter on the hidden member, on everything

  // The role team has a filter by configuration.
  [[nodiscard]] bool is_limited() const { return !rows.empty() || role == "team"; }
  [[nodiscard]] bool may_see(const Event& event) const {
    if ((!rows.empty() && !rows.contains(event.color)) || (role == "team" && event.color < 2)) {
      return false;
    }
    if (event.type == "SystemHealthUpdate") {
      return role == "admin";
    }
    return event.type != "LogEntry" || role == "admin" || role == "developer";
  }
  [[nodiscard]] bool wants(const Event& event) const {
    const std::set<int>* colors = &all_colors;
    if (!all) {
      const auto at = types.find(event.type);
      if (at == types.end()) {
        return false;
      }
      colors = &at->second;
    }
    if (only_warm && (role != "admin" || !event.warm)) {
      return false;
    }
    return colors->empty() || colors->contains(event.color);
  }
  [[nodiscard]] bool gets(const Event& event) const { return may_see(event) && wants(event); }
};

// The events of one epoch; the first has sequence 1.
class Log {
 public:
  void append(Event event) { events_.push_back(std::move(event)); }
  [[nodiscard]] const Event& at(std::uint64_t seq) const { return events_[seq - 1]; }
  [[nodiscard]] std::uint64_t head() const { return events_.size(); }
  void clear() { events_.clear(); }
  [[nodiscard]] std::uint64_t n_gotten(const Wish& wish, std::uint64_t first,
                                       std::uint64_t end) const {
    std::uint64_t n = 0;
    for (std::uint64_t seq = first; seq < end; ++seq) {
      n += wish.gets(at(seq)) ? 1U : 0U;
    }
    return n;
  }

 private:
  std::vector<Event> events_;
};

}  // namespace ringside::sim
