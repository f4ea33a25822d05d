// Real programs call one thing DB_PASSWORD, dbPassword, db.password and x-db-password, so names are
// compared as words. The opposite mistake is as real: token_count is a number that people need. The
// last word of a name decides between the two, because in English the last noun is the thing that
// the name stands for. The list of such words is long and finite; a list of all prefixes and
// suffixes of secrets would be neither.
#include "core/redact/secret_names.hpp"

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

// A value with one of these as last word describes a secret and is not one. Sorted.
constexpr auto kHarmlessWords = std::to_array<std::string_view>(
    {"acquired",     "age",          "agent",      "alg",        "algorithm",
     "amount",       "arn",          "at",         "attempt",    "attempts",
     "audience",     "banner",       "boundary",   "browser",    "bucket",
     "buckets",      "budget",       "bytes",      "c",          "cache",
     "cc",           "cfg",          "change",     "changed",    "changes",
     "chars",        "check",        "checker",    "checks",     "class",
     "cluster",      "com",          "complexity", "conf",       "config",
     "consent",      "controller",   "cost",       "count",      "counter",
     "counts",       "cpp",          "created",    "cs",         "css",
     "cycle",        "date",         "day",        "days",       "depth",
     "dir",          "directory",    "disabled",   "domain",     "duration",
     "enabled",      "endpoint",     "entropy",    "env",        "error",
     "errors",       "event",        "events",     "exception",  "exists",
     "exp",          "expired",      "expires",    "expiry",     "factory",
     "failed",       "failure",      "failures",   "field",      "fields",
     "file",         "filename",     "files",      "filter",     "flag",
     "flow",         "folder",       "format",     "found",      "generator",
     "go",           "grant",        "group",      "guard",      "handler",
     "health",       "help",         "helper",     "hint",       "history",
     "host",         "hostname",     "hour",       "hours",      "hpp",
     "html",         "id",           "identifier", "ids",        "impl",
     "in",           "index",        "info",       "ini",        "interval",
     "invalid",      "io",           "is",         "issued",     "issuer",
     "java",         "js",           "json",       "jsx",        "kind",
     "kt",           "label",        "labels",     "latency",    "leaked",
     "left",         "len",          "length",     "level",      "lifetime",
     "limit",        "limits",       "link",       "list",       "location",
     "log",          "logger",       "lookup",     "manager",    "max",
     "md",           "mechanism",    "message",    "meta",       "metadata",
     "method",       "middleware",   "min",        "minutes",    "missing",
     "mjs",          "mode",         "model",      "module",     "mount",
     "ms",           "name",         "names",      "namespace",  "needed",
     "net",          "num",          "number",     "offset",     "operator",
     "org",          "owner",        "page",       "parser",     "path",
     "paths",        "per",          "percent",    "permission", "permissions",
     "php",          "plugin",       "policies",   "policy",     "port",
     "position",     "prefix",       "present",    "price",      "processor",
     "profile",      "prompt",       "property",   "provided",   "provider",
     "purpose",      "py",           "quota",      "rate",       "ratio",
     "rb",           "reader",       "reason",     "ref",        "reference",
     "refresh",      "refs",         "region",     "remaining",  "reminder",
     "renewer",      "repository",   "request",    "requests",   "required",
     "requirements", "reset",        "resets",     "resolver",   "response",
     "result",       "results",      "retries",    "revision",   "role",
     "rotation",     "rotator",      "rs",         "rule",       "rules",
     "scan",         "scanner",      "scanning",   "schema",     "scope",
     "scopes",       "score",        "screen",     "sec",        "seconds",
     "selector",     "service",      "services",   "set",        "sh",
     "size",         "socket",       "source",     "spec",       "speed",
     "sql",          "state",        "status",     "step",       "storage",
     "store",        "strategy",     "strength",   "suffix",     "sum",
     "support",      "supported",    "svc",        "sync",       "syncer",
     "target",       "template",     "tests",      "time",       "timeout",
     "timer",        "timestamp",    "toml",       "total",      "ts",
     "tsx",          "ttl",          "txt",        "type",       "types",
     "uid",          "unit",         "update",     "updated",    "updates",
     "uri",          "url",          "urls",       "usage",      "use",
     "used",         "user",         "username",   "util",       "utils",
     "uuid",         "valid",        "validation", "validator",  "validity",
     "vault",        "verification", "version",    "versions",   "view",
     "warning",      "window",       "xml",        "yaml",       "yml"});

// Names that would be secret and never are: places in a list that a server hands out. Joined.
constexpr auto kHarmlessNames = std::to_array<std::string_view>(
    {"cancellationtoken", "continuationtoken", "nextcontinuationtoken", "nextforwardtoken",
     "nextpagetoken", "nextsynctoken", "nexttoken", "pagetoken", "paginationtoken",
     "previouspagetoken", "prevpagetoken", "publictoken", "startpagetoken", "synctoken",
     "unexpectedtoken"});

// Before a secret name, with a number as value: how many there were. "failed_password": 3.
constexpr auto kCountingWords = std::to_array<std::string_view>(
    {"active", "bad", "count", "expired", "failed", "invalid", "max", "min", "missing", "n", "num",
     "number", "revoked", "total", "unused", "used", "wrong"});

// Names of up to this many letters only count as whole words: "otp" is not part of "laptop".
constexpr std::size_t kMaxShortName = 4;
// The one name whose value decides.
constexpr std::string_view kPin = "pin";

[[nodiscard]] constexpr bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }
[[nodiscard]] constexpr bool is_lower(char c) noexcept {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr char lower(char c) noexcept {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr std::size_t pair_of(char a, char b) noexcept {
  return (std::size_t{static_cast<unsigned char>(a)} << 8U) | static_cast<unsigned char>(b);
}

[[nodiscard]] std::size_t last_two_of(std::string_view joined) noexcept {
  return pair_of(joined.size() < 2 ? '\0' : joined[joined.size() - 2], joined.back());
}

// Whether a word begins between `before` and `c`; `after` follows `c`.
[[nodiscard]] constexpr bool begins_word(char before, char c, char after) noexcept {
  if (is_digit(before) != is_digit(c)) {
    return true;
  }
  return is_upper(c) && (is_lower(before) || (is_upper(before) && is_lower(after)));
}

template <std::size_t N>
[[nodiscard]] bool is_one_of(const std::array<std::string_view, N>& sorted,
                             std::string_view word) noexcept {
  return std::ranges::binary_search(sorted, word);
}

}  // namespace

// A name without what separates its words, and where each ends.
struct SecretNames::Words {
  std::array<char, kMaxNameBytes> bytes;
  std::array<std::uint8_t, kMaxNameBytes> ends;
  std::size_t n_bytes = 0;
  std::size_t n_words = 0;

  explicit Words(std::string_view name) noexcept {
    if (name.size() > kMaxNameBytes) {
      name.remove_prefix(name.size() - kMaxNameBytes);
    }
    bool open = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      if (!is_upper(c) && !is_lower(c) && !is_digit(c)) {
        close(open);
        continue;
      }
      if (open && begins_word(name[i - 1], c, i + 1 < name.size() ? name[i + 1] : '\0')) {
        close(open);
      }
      bytes[n_bytes++] = lower(c);
      open = true;
    }
    close(open);
  }

  [[nodiscard]] std::string_view joined(std::size_t end) const noexcept {
    return {bytes.data(), end};
  }
  [[nodiscard]] std::size_t begin_of(std::size_t word) const noexcept {
    return word == 0 ? 0 : ends[word - 1];
  }
  [[nodiscard]] std::string_view word(std::size_t i) const noexcept {
    return {bytes.data() + begin_of(i), ends[i] - begin_of(i)};
  }
  [[nodiscard]] bool is_boundary(std::size_t at) const noexcept {
    return at == 0 || std::find(ends.begin(), ends.begin() + n_words, at) != ends.begin() + n_words;
  }

 private:
  void close(bool& open) noexcept {
    if (std::exchange(open, false)) {
      ends[n_words++] = static_cast<std::uint8_t>(n_bytes);
    }
  }
};

SecretNames::SecretNames(const std::vector<std::string>& names,
                         const std::vector<std::string>& exceptions) {
  for (const std::string& name : names) {
    const Words words(name);
    add(words.joined(words.n_bytes));
  }
  const auto in_order = [](const std::string& a, const std::string& b) {
    return std::pair(last_two_of(a), std::string_view(a)) <
           std::pair(last_two_of(b), std::string_view(b));
  };
  std::ranges::sort(names_, in_order);
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  for (const std::string& name : exceptions) {
    const Words words(name);
    exceptions_.emplace_back(words.joined(words.n_bytes));
  }
  std::ranges::sort(exceptions_);
}

void SecretNames::add(std::string_view joined) {
  if (joined.empty()) {
    return;
  }
  names_.emplace_back(joined);
  last_two_.set(last_two_of(joined));
}

// The secret name that the bytes before `end` end in; empty when there is none.
std::string_view SecretNames::secret_at_end(const Words& words, std::size_t end) const noexcept {
  const std::string_view joined = words.joined(end);
  const auto among = [&](std::size_t last_two) -> std::string_view {
    if (!last_two_[last_two]) {
      return {};
    }
    for (auto name = std::ranges::lower_bound(names_, last_two, {}, &last_two_of);
         name != names_.end() && last_two_of(*name) == last_two; ++name) {
      if (joined.ends_with(*name) && (name->size() > kMaxShortName ||
                                      words.is_boundary(end - name->size()) || *name == "pwd")) {
        return *name;
      }
    }
    return {};
  };
  if (joined.empty()) {
    return {};
  }
  const std::string_view found = among(last_two_of(joined));
  return found.empty() ? among(pair_of('\0', joined.back())) : found;
}

NameVerdict SecretNames::look_up(std::string_view name) const noexcept {
  const Words words(name);
  // "password_2" is named like "password".
  std::size_t n_words = words.n_words;
  while (n_words > 1 && is_digit(words.word(n_words - 1).front())) {
    --n_words;
  }
  if (n_words == 0) {
    return NameVerdict::kHarmless;
  }
  const std::size_t end = words.ends[n_words - 1];
  const std::string_view joined = words.joined(end);
  std::string_view found = secret_at_end(words, end);
  const bool last_is_secret = !found.empty();
  bool is_plural = false;
  if (found.empty() && joined.size() > 1 && joined.back() == 's') {
    found = secret_at_end(words, end - 1);
    is_plural = !found.empty();
  }
  for (std::size_t i = 0; i + 1 < n_words && found.empty(); ++i) {
    found = secret_at_end(words, words.ends[i]);
  }
  if (found.empty() || (!last_is_secret && is_one_of(kHarmlessWords, words.word(n_words - 1))) ||
      std::ranges::binary_search(exceptions_, joined) || is_one_of(kHarmlessNames, joined)) {
    return NameVerdict::kHarmless;
  }
  if (found == kPin) {
    return is_plural ? NameVerdict::kHarmless : NameVerdict::kIfPin;
  }
  // "pass": a password, or how many tests did.
  if (is_plural || words.word(n_words - 1) == "pass" ||
      (n_words > 1 && is_one_of(kCountingWords, words.word(0)))) {
    return NameVerdict::kUnlessNumber;
  }
  return name == "PWD" || name == "OLDPWD" ? NameVerdict::kUnlessDirectory : NameVerdict::kSecret;
}

bool is_pin(std::string_view value) noexcept {
  constexpr std::size_t kMinDigits = 4;
  constexpr std::size_t kMaxDigits = 12;
  return value.size() >= kMinDigits && value.size() <= kMaxDigits &&
         std::ranges::all_of(value, is_digit);
}

}  // namespace ringside
