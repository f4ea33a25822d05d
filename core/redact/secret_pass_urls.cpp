// Secrets in addresses. A URL is written in three ways: as it is, with escaped slashes (PHP's JSON), and encoded as
// part of another one.
#include <algorithm>
#include <array>

#include "core/base/text.hpp"
#include "core/redact/secret_pass.hpp"
#include "core/redact/text_class.hpp"
#include "core/redact/text_marks.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMinToken = 16;

[[nodiscard]] constexpr bool is_authority_char(char c) noexcept {
  return !is_blank(c) && !is_line_end(c) && !is_quote(c) && c != '/' && c != '?' && c != '#' &&
         c != '<' && c != '>' && c != '\0';
}
[[nodiscard]] constexpr bool is_url_char(char c) noexcept {
  return is_authority_char(c) || c == '/' || c == '?' || c == '#';
}

// Addresses that are the credential: whoever knows the rest of the path may post.
struct Webhook {
  std::string_view host;
  std::string_view path;
};
constexpr auto kWebhooks = std::to_array<Webhook>({{"hooks.slack.com", "/services/"},
                                                   {"hooks.slack.com", "/workflows/"},
                                                   {"hooks.slack.com", "/triggers/"},
                                                   {"discord.com", "/api/webhooks/"},
                                                   {"discordapp.com", "/api/webhooks/"},
                                                   {"webhook.office.com", "/webhookb2/"},
                                                   {"outlook.office.com", "/webhook/"},
                                                   {"api.telegram.org", "/bot"},
                                                   {"hooks.zapier.com", "/hooks/catch/"}});

// Where `path` ends in `text` from `at` on, backslashes before its slashes left aside; 0 when it is not there.
[[nodiscard]] std::size_t path_end(std::string_view text, std::size_t at,
                                   std::string_view path) noexcept {
  for (const char c : path) {
    at += c == '/' && peek(text, at) == '\\' ? 1U : 0U;
    if (peek(text, at) != c) {
      return 0;
    }
    ++at;
  }
  return at;
}

// A user's name that is a token: long, with digits.
[[nodiscard]] bool is_token_user(std::string_view user) noexcept {
  return user.size() >= kMinToken && user.find("%40") == std::string_view::npos &&
         std::ranges::any_of(user, is_ascii_digit) && user.find('.') == std::string_view::npos;
}

}  // namespace

std::size_t after_slashes(std::string_view text, std::size_t at) noexcept {
  return path_end(text, at, "//");
}

// `i` at the ':' of "://". The user's name stays, unless it is a token.
std::size_t SecretPass::url(std::size_t i) {
  const std::size_t authority = after_slashes(text_, i + 1);
  const std::size_t authority_end = skip(authority, is_authority_char);
  const std::string_view user_and_host = part(authority, authority_end);
  const std::size_t at = user_and_host.rfind('@');
  const std::size_t colon = user_and_host.find(':');
  if (at != std::string_view::npos && colon < at) {
    return take(authority + colon + 1, authority + at);
  }
  if (at != std::string_view::npos) {
    return is_token_user(user_and_host.substr(0, at)) ? take(authority, authority + at) : i;
  }
  // A password with '/', '?' or '#' in it: the part after the colon is no port, and an '@' follows.
  if (colon != std::string_view::npos && !user_and_host.starts_with('[') &&
      authority_end < text_.size() && is_url_char(text_[authority_end]) &&
      !std::ranges::all_of(user_and_host.substr(colon + 1), is_ascii_digit)) {
    const std::size_t end = skip(authority_end, is_url_char);
    const std::size_t later = part(authority_end, end).rfind('@');
    return later == std::string_view::npos ? end
                                           : take(authority + colon + 1, authority_end + later);
  }
  for (const Webhook& hook : kWebhooks) {
    std::string_view host = user_and_host;
    host.remove_suffix(host.ends_with('\\') ? 1 : 0);
    if (host.ends_with(hook.host)) {
      const std::size_t begin = path_end(text_, authority + host.size(), hook.path);
      if (begin != 0) {
        return take(begin, skip(begin, is_url_char));
      }
    }
  }
  return i;
}

// https%3A%2F%2Fuser%3Apassword%40host. `i` follows the code of the colon; the answer is `i` when
// there is nothing to hide.
std::size_t SecretPass::encoded_url(std::size_t i) {
  const auto is_code = [&](std::size_t at, std::string_view code) {
    return equals_ignoring_case(text_.substr(std::min(at, text_.size()), code.size()), code);
  };
  if (!is_code(i, "%2F%2F")) {
    return i;
  }
  const std::size_t authority = i + 6;
  std::size_t colon = 0;
  std::size_t at_sign = 0;
  for (std::size_t at = authority; at < text_.size() && is_authority_char(text_[at]); ++at) {
    if (text_[at] == '&' || is_code(at, "%2F")) {
      break;
    }
    if (is_code(at, "%3A") && colon == 0) {
      colon = at;
    } else if (is_code(at, "%40")) {
      at_sign = at;
    }
  }
  if (colon != 0 && colon < at_sign) {
    return take(colon + 3, at_sign);
  }
  return at_sign != 0 && is_token_user(part(authority, at_sign)) ? take(authority, at_sign) : i;
}

// user:password@host without its scheme: after "//", or with a port where a proxy is named. `i` at the '@'.
std::size_t SecretPass::bare_authority(std::size_t i) {
  constexpr std::size_t kMaxPart = 64;
  constexpr std::size_t kMaxProxy = 16;
  std::size_t begin = i;
  while (begin > 0 && i - begin < kMaxPart && is_authority_char(text_[begin - 1]) &&
         text_[begin - 1] != ':') {
    --begin;
  }
  std::size_t user = begin - std::min<std::size_t>(begin, 1);
  if (begin == i || begin == 0 || text_[user] != ':') {
    return i;
  }
  const std::size_t colon = user;
  while (user > 0 && colon - user < kMaxPart && is_name_char(text_[user - 1])) {
    --user;
  }
  const std::size_t host_end = skip(i + 1, is_name_char);
  const std::string_view before = text_.substr(0, user);
  const std::string_view near = before.substr(before.size() - std::min(before.size(), kMaxProxy));
  const bool has_port = peek(host_end) == ':' && is_ascii_digit(peek(host_end + 1));
  const bool is_proxy = near.find("roxy") != near.npos || near.find("ROXY") != near.npos;
  return user < colon && host_end > i + 1 && (before.ends_with("//") || (has_port && is_proxy))
             ? take(begin, i)
             : i;
}

// scott/tiger@host: `i` at the '@'. After "thin:" and "oci:" of JDBC, "userid=", or a program of Oracle.
std::size_t SecretPass::oracle_login(std::size_t i) {
  constexpr std::size_t kMaxPart = 64;
  constexpr auto kBefore = std::to_array<std::string_view>(
      {"thin:", "oci:", "oci8:", "userid=", "sqlplus", "sqlldr", "sqlcl", "expdp", "impdp", "exp",
       "imp", "rman", "target", "connect", "conn", "catalog", "tnsping"});
  const auto is_part = [](char c) { return is_authority_char(c) && c != ':' && c != '='; };
  std::size_t slash = i;
  while (slash > 0 && i - slash < kMaxPart && is_part(text_[slash - 1])) {
    --slash;
  }
  if (slash == i || slash == 0 || text_[slash - 1] != '/') {
    return i;
  }
  std::size_t user = slash - 1;
  while (user > 0 && slash - user < kMaxPart && is_name_char(text_[user - 1])) {
    --user;
  }
  std::size_t before = user;
  while (before > 0 && user - before < 4 &&
         (is_blank(text_[before - 1]) || is_quote(text_[before - 1]))) {
    --before;
  }
  if (user + 1 >= slash || is_blank(peek(i + 1))) {
    return i;
  }
  return std::ranges::any_of(kBefore,
                             [&](std::string_view word) {
                               const std::size_t begin = before - std::min(before, word.size());
                               return equals_ignoring_case(part(begin, before), word) &&
                                      (begin == 0 || !is_word_char(text_[begin - 1])) &&
                                      (before != user || !is_word_char(word.back()));
                             })
             ? take(slash, i)
             : i;
}

// The token of a Telegram bot, 123456789:AA...: `i` at its colon.
std::size_t SecretPass::bot_token(Name name, std::size_t i) {
  constexpr std::size_t kBody = 35;
  const std::string_view id = part(name.begin, name.end);
  if (name.end != i || id.size() < 8 || id.size() > 10 ||
      !std::ranges::all_of(id, is_ascii_digit) || !text_.substr(i + 1).starts_with("AA")) {
    return i;
  }
  const std::size_t end = skip(i + 1, is_base64url_char);
  return end - i - 1 == kBody ? take(name.begin, end) : i;
}

}  // namespace ringside
