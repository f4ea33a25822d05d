// The token is verified when a ticket is made, so that a ticket is never given for a bad one, and again when the ticket is used,
// since it may have been revoked meanwhile.
#include "module/tickets.hpp"

#include <utility>

#include "core/auth/ticket.hpp"
#include "core/base/json.hpp"
#include "module/upgrade.hpp"

namespace ringside {

HttpAnswer answer_ticket(const HttpRequest& request, Vhost& vhost) {
  Hub& hub = vhost.hub();
  const auto refuse = [&hub](HttpError error, std::string message) {
    hub.count(Counter::kTicketsRefused);
    return refusal_answer({error, std::move(message), {}});
  };
  if (request.method != HttpMethod::kPost) {
    return refusal_answer({HttpError::kMethodNotAllowed, "a ticket is made with POST", {}}, "POST");
  }
  if (hub.control() == nullptr) {
    return refuse(HttpError::kNotReady, "the event stream is not there yet; try again");
  }
  const auto who = bearer_of(request, vhost, std::nullopt);
  if (!who) {
    return refuse(who.error().error, who.error().message);
  }
  const auto place = hub.control()->issue_ticket(who->user, kTicketLifetime);
  if (!place) {
    return refuse(HttpError::kTooManyTickets,
                  "this user has too many tickets that were not used; they end within 30 seconds");
  }
  hub.count(Counter::kTicketsIssued);
  const std::string ticket =
      seal_ticket(hub.control()->key_for("tickets"),
                  {place->place, place->word, std::string(*bearer_token(request.authorization))});
  return {200,
          "application/json",
          Json::object()
              .set("ticket", ticket)
              .set("expires_in", static_cast<std::int64_t>(kTicketLifetime.count()))
              .dump(),
          {},
          {}};
}

std::optional<std::string> redeem_ticket(Vhost& vhost, std::string_view ticket) {
  Hub& hub = vhost.hub();
  auto content = open_ticket(hub.control()->key_for("tickets"), ticket);
  if (!content || !hub.control()->use_ticket({content->place, content->word})) {
    hub.count(Counter::kTicketsRefused);
    return std::nullopt;
  }
  hub.count(Counter::kTicketsUsed);
  return std::move(content->token);
}

}  // namespace ringside
