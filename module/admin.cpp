// All processes of a run directory are asked through the control segment, whichever of them answers. A cut is a request there,
// carried out by each process within a tenth of a second, so the answer says that it was made and not what came of it.
#include "module/admin.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "core/base/json.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/control/connection_json.hpp"
#include "module/upgrade.hpp"

namespace ringside {
namespace {

constexpr std::string_view kListPath = "/admin/connections";
constexpr std::string_view kCutPath = "/admin/disconnect";
constexpr std::size_t kMaxListed = 1000;

struct Asked {
  std::optional<std::string> user;
  std::optional<std::uint64_t> id;
  std::size_t limit = kMaxListed;
};

tl::expected<Asked, Refusal> read_arguments(const HttpRequest& request, bool lists) {
  Asked asked;
  for (const auto& [name, value] : request.arguments) {
    const auto refuse = [&argument = name](std::string_view what) {
      return tl::unexpected(Refusal{HttpError::kBadParameter,
                                    escape_controls(argument) + " " + std::string(what),
                                    escape_controls(argument)});
    };
    if (name == "user" && !asked.user) {
      asked.user = value;
    } else if (name == "id" && !lists && !asked.id) {
      asked.id = connection_id_in(value);
      if (!asked.id) {
        return refuse("must be the id of a connection, 16 hexadecimal digits");
      }
    } else if (name == "limit" && lists) {
      if (!parse_u64(value, asked.limit) || asked.limit < 1 || asked.limit > kMaxListed) {
        return refuse("must be 1 to 1000");
      }
    } else {
      return refuse("is not a parameter, or is given twice");
    }
  }
  if (!lists && asked.user.has_value() == asked.id.has_value()) {
    return tl::unexpected(
        Refusal{HttpError::kBadParameter, "name one connection with id, or a user with user", {}});
  }
  return asked;
}

HttpAnswer list(const Asked& asked, const ControlSegment& control) {
  return {200, "application/json", connections_json(control, asked.limit, asked.user), {}, {}};
}

HttpAnswer cut(const Asked& asked, ControlSegment& control, const Identity& admin) {
  using Kind = ControlSegment::CutKind;
  const bool requested = control.request_cut(
      asked.id ? ControlSegment::CutRequest{Kind::kConnection, *asked.id}
               : ControlSegment::CutRequest{Kind::kUser, control.cut_key_of(*asked.user)},
      false);
  if (!requested) {
    return refusal_answer({HttpError::kOverloaded,
                           "another process holds the control segment, or has not carried out the "
                           "requests before this one; try again",
                           {}});
  }
  log::info("{} cuts {}", escape_controls(admin.user),
            asked.id ? fmt::format("connection {:016x}", *asked.id)
                     : "the connections of " + escape_controls(*asked.user));
  return {200, "application/json", R"({"requested":true})", {}, {}};
}

}  // namespace

bool is_admin_path(std::string_view path) noexcept { return path == kListPath || path == kCutPath; }

HttpAnswer answer_admin(const HttpRequest& request, Vhost& vhost) {
  const bool lists = request.path == kListPath;
  if (lists ? !is_read(request.method) : request.method != HttpMethod::kPost) {
    return refusal_answer({HttpError::kMethodNotAllowed,
                           lists ? "the list is read with GET" : "a cut is made with POST",
                           {}},
                          lists ? "GET, HEAD" : "POST");
  }
  if (vhost.hub().control() == nullptr) {
    return refusal_answer(
        {HttpError::kNotReady, "the event stream is not there yet; try again", {}});
  }
  const auto admin = bearer_of(request, vhost, vhost.options().admin_role);
  if (!admin) {
    return refusal_answer(admin.error());
  }
  const auto asked = read_arguments(request, lists);
  if (!asked) {
    return refusal_answer(asked.error());
  }
  return lists ? list(*asked, *vhost.hub().control()) : cut(*asked, *vhost.hub().control(), *admin);
}

}  // namespace ringside
