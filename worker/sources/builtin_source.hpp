#pragma once
// BuiltinSource: what the sources of this directory have in common: they count what they gave and
// what went wrong, and can say so. See sources_status.hpp for who asks.
//
// Threads: the loop's.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/json.hpp"
#include "worker/sources/source.hpp"
#include "worker/sources/source_event.hpp"

namespace ringside {

class BuiltinSource : public Source {
 public:
  // {"name", "state", "events", "refused", "errors", "last_error"?, "details"}
  [[nodiscard]] Json describe() const;

 protected:
  explicit BuiltinSource(SourceContext context) : context_(std::move(context)) {}

  void emit(const SourceEvent& event);
  // Counts an error and logs it, unless it is the same as the one before: a source that fails each
  // second says so once.
  void report_error(const std::string& what);
  // Its present state, for people: "running", "no journal on this machine".
  void set_state(std::string state) { state_ = std::move(state); }
  // Adds numbers of its own to describe().
  virtual void add_details(Json& details) const = 0;

  SourceContext context_;

 private:
  std::string state_ = "stopped";
  std::string last_error_;
  std::uint64_t n_events_ = 0;
  std::uint64_t n_refused_ = 0;
  std::uint64_t n_errors_ = 0;
};

}  // namespace ringside
