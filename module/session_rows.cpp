// A connection that sees only some rows is told nothing from which one can count the others: an id of it says neither how many
// events there are nor whether there are any (module/delivery/hidden_ids.hpp), and a number that counts events of the ring is
// null. Numbers of its own rows are told.
#include "module/session.hpp"

namespace ringside {

std::string Session::event_id(Seq seq) const {
  return format_event_id(hub_.event_for(role(), seq));
}

std::string Session::place_id(Seq seq) { return format_event_id(hub_.place_for(role(), seq)); }

std::optional<std::uint64_t> Session::told(std::uint64_t number) const {
  return role().hides_rows() ? std::nullopt : std::optional(number);
}

void Session::set_told(Json& out, const char* name, std::uint64_t number) const {
  if (const auto it = told(number)) {
    out.set(name, *it);
  } else {
    out.set(name, Json::null());
  }
}

// How long an event waits tells that there is one.
bool Session::may_know_lag_of(CachedRecord& record) const {
  return !role().hides_rows() ||
         view().select(hub_.records(), record).verdict == View::Verdict::kSelected;
}

// What tells rows apart tells series apart: otherwise the latest value of one tenant would take the place of another's.
void Session::separate_series() {
  if (info_of(endpoint_).serves_series && role().hides_rows()) {
    hub_.series().separate_by(role().rows().paths(), hub_.ring().cursor_at_tail().seq);
  }
}

}  // namespace ringside
