// Names and shapes come from what programs write; no real credential is among them.
#include "tests/redact/corpus.hpp"

#include <fmt/format.h>

#include "core/base/json.hpp"

namespace ringside::test {
namespace {

constexpr std::string_view kAlphanumeric =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kPassword =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#%*+-._~";

std::string base64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  unsigned n = 0;
  for (const char c : text) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (n += 8; n >= 6; n -= 6) {
      out += kDigits[(bits >> (n - 6)) & 63U];
    }
  }
  if (n != 0) {
    out += kDigits[(bits << (6 - n)) & 63U];
  }
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string message(std::string_view text) {
  return std::move(Json::object().set("level", "INFO").set("message", text).set("component", "app"))
      .dump();
}

}  // namespace

std::string Corpus::letters(std::size_t n, std::string_view alphabet) {
  std::string out;
  while (out.size() < n) {
    out += alphabet[pick(alphabet.size())];
  }
  return out;
}

std::string Corpus::number(unsigned below) { return std::to_string(pick(below)); }

std::string Corpus::word() {
  return one_of({"web", "db", "cache", "deploy", "worker", "queue", "proxy", "storage", "node",
                 "billing", "search", "auth", "gateway", "build", "image", "volume"});
}

// Known by its name.
Corpus::Secret Corpus::named(std::size_t kind) {
  static constexpr const char* kNames[] = {"DB_PASSWORD",
                                           "password",
                                           "userPassword",
                                           "x-api-key",
                                           "AWS_SECRET_ACCESS_KEY",
                                           "client_secret",
                                           "spring.datasource.password",
                                           "GITHUB_TOKEN",
                                           "REDIS_PASSWD",
                                           "auth-token",
                                           "api_key_prod",
                                           "SECRET_KEY_BASE",
                                           "ssh_private_key",
                                           "MAIL_PWD",
                                           "refreshToken",
                                           "ENCRYPTION_KEY",
                                           "smtp_pass",
                                           "AccountKey",
                                           "JWT_SECRET_2",
                                           "vault-token"};
  std::string value = letters(1, kAlphanumeric) + letters(9 + pick(20), kPassword) + "Z9";
  return {kNames[kind], kNames[kind], std::move(value)};
}

// Known by its shape.
std::string Corpus::shaped(std::size_t kind, std::string& name) {
  static constexpr const char* kNames[] = {"GitHub token", "GitHub fine-grained token",
                                           "GitLab token", "Slack token",
                                           "Stripe key",   "Google key",
                                           "AWS key id",   "npm token",
                                           "PyPI token",   "JWT",
                                           "SendGrid key", "URL password",
                                           "URL token",    "Basic credentials",
                                           "Bearer token", "private key",
                                           "card number",  "SAS signature",
                                           "Vault token",  "DigitalOcean token"};
  name = kNames[kind];
  switch (kind) {
    case 0:
      return "gh" + std::string(1, "pousr"[pick(5)]) + "_" + letters(36, kAlphanumeric);
    case 1:
      return "github_" + std::string("pat_") + letters(22, kAlphanumeric) + "_" +
             letters(59, kAlphanumeric);
    case 2:
      return "glp" + std::string("at-") + letters(20, kAlphanumeric);
    case 3:
      return "xo" + std::string("xb-") + letters(12, "0123456789") + "-" +
             letters(24, kAlphanumeric);
    case 4:
      return "sk_" + std::string("live_") + letters(24, kAlphanumeric);
    case 5:
      return "AI" + std::string("za") + letters(35, kAlphanumeric);
    case 6:
      return "AK" + std::string("IA") + letters(16, kUpper);
    case 7:
      return "npm_" + letters(36, kAlphanumeric);
    case 8:
      return "pypi" + std::string("-AgEI") + letters(70, kAlphanumeric);
    case 9:
      return "eyJhbGciOiJIUzI1NiJ9.eyJ" + letters(20, kAlphanumeric) + "." +
             letters(43, kAlphanumeric);
    case 10:
      return "SG." + letters(22, kAlphanumeric) + "." + letters(43, kAlphanumeric);
    case 11:
    case 12:
    case 13:
    case 14:
      return letters(24, kAlphanumeric) + "7q";
    case 16:
      return "4111111111111111";
    case 17:
      return letters(40, kAlphanumeric) + "%3D";
    case 18:
      return "hvs." + letters(90, kAlphanumeric);
    default:
      return "dop_v1_" + letters(64, kHex);
  }
}

Corpus::Secret Corpus::secret(std::size_t kind) {
  if (kind < 20) {
    return named(kind);
  }
  Secret out;
  out.value = shaped(kind - 20, out.kind);
  return out;
}

// What stands around a secret that only its surroundings give away.
Planted Corpus::planted(std::size_t i) {
  const std::size_t kind = i % kKinds;
  Secret made = secret(kind);
  Planted out;
  out.kind = made.kind;
  std::string value = made.value;
  out.secrets = {value};
  const std::string host = word() + "-" + number(90);
  if (made.kind == "URL password") {
    value = "postgres://app:" + value + "@" + host + "/x";
  } else if (made.kind == "URL token") {
    value = "https://" + value + "@git.example/x.git";
  } else if (made.kind == "Basic credentials") {
    out.secrets = {base64("reporter:" + value)};
    value = "Basic " + out.secrets[0];
  } else if (made.kind == "Bearer token") {
    value = "Bearer " + value;
  } else if (made.kind == "SAS signature") {
    value = "https://x.blob.example/c?sv=2022&sig=" + value;
  } else if (made.kind == "private key") {
    out.secrets = {letters(64, kAlphanumeric), letters(64, kAlphanumeric),
                   letters(40, kAlphanumeric)};
    value = fmt::format("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
                        fmt::join(out.secrets, "\n"));
  }
  const std::string name = made.name.empty() ? "text_" + word() : made.name;
  const bool is_key = made.kind == "private key";
  Json data = Json::object();
  switch (i / kKinds % kCarriers) {
    case 0:
      out.carrier = "member";
      data.set("host", host).set(name, value);
      out.events = {data.dump()};
      break;
    case 1:
      out.carrier = "text";
      out.events = {message(fmt::format("{} starts with {}={} now", host, name, value))};
      break;
    case 2: {
      out.carrier = "header list";
      Json pairs = Json::array();
      pairs.append(std::move(Json::array().append("Host").append(host)));
      pairs.append(std::move(Json::array().append(name).append(value)));
      out.events = {std::move(data.set("headers", pairs)).dump()};
      break;
    }
    case 3: {
      out.carrier = "argv";
      Json argv = Json::array();
      argv.append("tool").append("--" + name).append(value).append("--host").append(host);
      out.events = {std::move(data.set("argv", argv)).dump()};
      break;
    }
    case 4: {
      out.carrier = "env";
      Json env = Json::array();
      env.append(std::move(Json::object().set("name", "HOST").set("value", host)));
      env.append(std::move(Json::object().set("name", name).set("value", value)));
      out.events = {std::move(data.set("env", env)).dump()};
      break;
    }
    case 5:
      out.carrier = "YAML";
      out.events = {message(is_key ? fmt::format("conf:\n  host: {}\n{}\n", host, value)
                                   : fmt::format("conf:\n  host: {}\n  {}: |\n    {}\n  port: 1\n",
                                                 host, name, value))};
      break;
    case 6:
      out.carrier = "XML";
      out.events = {message(
          made.name.empty() ? fmt::format("<c><host>{}</host><v>{}</v></c>", host, value)
                            : fmt::format("<c><add key=\"{}\" value=\"{}\"/></c>", name, value))};
      break;
    case 7:
      out.carrier = "JSON in a string";
      data.set("host", host).set(name, value);
      out.events = {message("sending " + message(data.dump()))};
      break;
    case 8:
      out.carrier = "multi-line file";
      if (is_key) {
        out.events = {message("writing key"), message("-----BEGIN PRIVATE KEY-----")};
        for (const std::string& line : out.secrets) {
          out.events.push_back(message(line));
        }
        out.events.push_back(message("-----END PRIVATE KEY-----"));
      } else if (made.name.empty()) {
        out.events = {message("values:"), message("  first: " + value), message("done")};
      } else {
        out.events = {message(name + ": |"), message("  " + value), message("next: 1")};
      }
      break;
    default:
      out.carrier = "syslog";
      out.events = {message(
          fmt::format("<13>Nov 26 06:56:32 {} app[{}]: {}: {}", host, number(9000), name, value))};
      break;
  }
  return out;
}

std::string Corpus::harmless_text() {
  const std::string host = word() + "-" + number(90);
  switch (pick(16)) {
    case 0:
      return fmt::format("Server {} created successfully in {} ms", host, number(5000));
    case 1:
      return fmt::format("GET /api/v1/{}/{}?page={}&limit=50 HTTP/1.1 200 {}", word(), number(9999),
                         number(20), number(90000));
    case 2:
      return fmt::format("Invalid token: unexpected end of input at line {}", number(90));
    case 3:
      return fmt::format("{}[{}]: connection from 10.0.{}.{}:{} closed", word(), number(30000),
                         number(255), number(255), number(65000));
    case 4:
      return fmt::format("password reset was requested for user {}", number(9999));
    case 5:
      return fmt::format("{}-{}-4{}-8{}-{} done: sha256:{}", letters(8, kHex), letters(4, kHex),
                         letters(3, kHex), letters(3, kHex), letters(12, kHex), letters(64, kHex));
    case 6:
      return fmt::format("src/auth/token.ts:{}:{} - error TS2304: cannot find name", number(400),
                         number(80));
    case 7:
      return fmt::format("max_tokens={} prompt_tokens={} token_count: {}", number(4096),
                         number(900), number(9));
    case 8:
      return fmt::format("Secret rotation finished: secret_name={} version={}", host, number(40));
    case 9:
      return fmt::format("https://{}.example.com:{}/a/b?x={}#frag", host, number(9000), number(9));
    case 10:
      return fmt::format("{} = {}.{}, ratio {}:{}, std::{}::size", word(), number(90), number(999),
                         number(9), number(9), word());
    case 11:
      return fmt::format("basic auth is disabled; cookie_domain: {}.example.com", word());
    case 12:
      return fmt::format("Pulled image registry.example.com/{}:{}.{}.{} ({} MB)", word(), number(9),
                         number(30), number(9), number(900));
    case 13:
      return fmt::format("at com.acme.{}.TokenService.refresh(TokenService.java:{})", word(),
                         number(700));
    case 14:
      return fmt::format("password_file=/run/secrets/{} token expired: renewing", word());
    default:
      return fmt::format("2026-11-26T10:{}:{}.{}Z INFO [{}] took {}s, -{} +{}", 10 + pick(50),
                         10 + pick(50), number(999), word(), number(60), number(99), number(99));
  }
}

std::string Corpus::harmless() {
  Json data = Json::object();
  switch (pick(6)) {
    case 0:
      return message(harmless_text());
    case 1:
      data.set("task_id", letters(8, kHex) + "-" + letters(4, kHex))
          .set("task_name", "Create " + word())
          .set("status", one_of({"Running", "Completed", "Failed"}))
          .set("progress", static_cast<std::int64_t>(pick(100)))
          .set("message", harmless_text());
      break;
    case 2:
      data.set("metric_name", word() + "_usage")
          .set("value", static_cast<double>(pick(100000)) / 7)
          .set("labels", Json::object().set("host", word()).set("key", word()));
      break;
    case 3: {
      Json argv = Json::array();
      argv.append(word()).append("--token-file").append("/run/" + word()).append("--verbose");
      data.set("argv", argv)
          .set("PWD", "/srv/" + word())
          .set("tokens", static_cast<int>(pick(900)));
      break;
    }
    case 4:
      data.set("secret_name", word())
          .set("token_type", "bearer")
          .set("password_policy", "strict")
          .set("expires_at", "2026-11-26T10:00:00Z")
          .set("unix_ns",
               static_cast<std::int64_t>(1'700'000'000'000'000'000 + pick(1'000'000'000)))
          .set("next_page_token", letters(20, kAlphanumeric));
      break;
    default:
      data.set("name", word())
          .set("value", harmless_text())
          .set("has_password", pick(2) == 0)
          .set("commit", letters(40, kHex));
      break;
  }
  return data.dump();
}

}  // namespace ringside::test
