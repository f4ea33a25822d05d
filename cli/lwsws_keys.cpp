// The names are those of lib/roles/http/server/lejp-conf.c in libwebsockets 4.3.
#include "cli/lwsws_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/base/echo.hpp"
#include "core/base/text.hpp"
#include "core/config/suggestion.hpp"

namespace ringside::cli {
namespace {

enum class Form { kText, kNumber, kSwitch, kList, kObject };

struct Key {
  std::string_view name;
  Form form = Form::kText;
  std::int64_t min = 0;  // of a number
  std::int64_t max = 0;
};

constexpr std::int64_t kMany = 2147483647;

constexpr std::array kFileKeys{Key{"global", Form::kObject}, Key{"vhosts", Form::kList}};

constexpr std::array kGlobalKeys{
    Key{"uid", Form::kNumber, 0, kMany},
    Key{"gid", Form::kNumber, 0, kMany},
    Key{"username"},
    Key{"groupname"},
    Key{"count-threads", Form::kNumber, 1, 16},
    Key{"init-ssl", Form::kSwitch},
    Key{"server-string"},
    Key{"plugin-dir"},
    Key{"ws-pingpong-secs", Form::kNumber, 0, kMany},
    Key{"timeout-secs", Form::kNumber, 1, kMany},
    Key{"reject-service-keywords", Form::kList},
    Key{"default-alpn"},
    Key{"ip-limit-ah", Form::kNumber, 0, 65535},
    Key{"ip-limit-wsi", Form::kNumber, 0, 65535},
    Key{"rlimit-nofile", Form::kNumber, 100, kMany},  // lwsws itself has about 30
};

constexpr std::array kVhostKeys{
    Key{"name"},
    Key{"port", Form::kNumber, 1, 65535},
    Key{"interface"},
    Key{"unix-socket", Form::kSwitch},
    Key{"unix-socket-perms"},
    Key{"sts", Form::kSwitch},
    Key{"host-ssl-key"},
    Key{"host-ssl-cert"},
    Key{"host-ssl-ca"},
    Key{"access-log"},
    Key{"mounts", Form::kList},
    Key{"ws-protocols", Form::kList},
    Key{"keepalive_timeout", Form::kNumber, 0, kMany},
    Key{"enable-client-ssl", Form::kSwitch},
    Key{"ciphers"},
    Key{"ecdh-curve"},
    Key{"noipv6", Form::kSwitch},
    Key{"ipv6only", Form::kSwitch},
    Key{"ssl-option-set", Form::kNumber, 0, INT64_MAX},
    Key{"ssl-option-clear", Form::kNumber, 0, INT64_MAX},
    Key{"headers", Form::kList},
    Key{"client-ssl-key"},
    Key{"client-ssl-cert"},
    Key{"client-ssl-ca"},
    Key{"client-ssl-ciphers"},
    Key{"onlyraw", Form::kSwitch},
    Key{"client-cert-required", Form::kSwitch},
    Key{"ignore-missing-cert", Form::kSwitch},
    Key{"error-document-404"},
    Key{"alpn"},
    Key{"fo-listen-queue", Form::kNumber, 0, kMany},
    Key{"ssl-client-option-set", Form::kNumber, 0, INT64_MAX},
    Key{"ssl-client-option-clear", Form::kNumber, 0, INT64_MAX},
    Key{"tls13-ciphers"},
    Key{"client-tls13-ciphers"},
    Key{"strict-host-check", Form::kSwitch},
    Key{"listen-accept-role"},
    Key{"listen-accept-protocol"},
    Key{"apply-listen-accept", Form::kSwitch},
    Key{"fallback-listen-accept", Form::kSwitch},
    Key{"allow-non-tls", Form::kSwitch},
    Key{"redirect-http", Form::kSwitch},
    Key{"allow-http-on-https", Form::kSwitch},
    Key{"disable-no-protocol-ws-upgrades", Form::kSwitch},
    Key{"h2-half-closed-long-poll", Form::kSwitch},
};

constexpr std::array kMountKeys{
    Key{"mountpoint"},
    Key{"origin"},
    Key{"protocol"},
    Key{"default"},
    Key{"auth-mask", Form::kNumber, 0, kMany},
    Key{"cgi-timeout", Form::kNumber, 0, kMany},
    Key{"cgi-env", Form::kList},
    Key{"cache-max-age", Form::kNumber, 0, kMany},
    Key{"cache-reuse", Form::kSwitch},
    Key{"cache-revalidate", Form::kSwitch},
    Key{"basic-auth"},
    Key{"cache-intermediaries", Form::kSwitch},
    Key{"extra-mimetypes", Form::kObject},
    Key{"interpret", Form::kObject},
    Key{"pmo", Form::kList},
};

std::span<const Key> keys_of(LwswsObject kind) {
  switch (kind) {
    case LwswsObject::kFile:
      return kFileKeys;
    case LwswsObject::kGlobal:
      return kGlobalKeys;
    case LwswsObject::kVhost:
      return kVhostKeys;
    case LwswsObject::kMount:
      return kMountKeys;
  }
  return {};
}

// Those of which lwsws keeps each.
bool may_be_repeated(std::string_view name) { return name == "plugin-dir"; }

bool is_off(std::string_view text) {
  return equals_ignoring_case(text, "off") || equals_ignoring_case(text, "no") ||
         equals_ignoring_case(text, "false") || text == "0";
}

// What is wrong with the value; empty: nothing.
std::string fault_of(const Key& key, LwswsValue value) {
  if (key.form == Form::kList || key.form == Form::kObject) {
    const bool good = key.form == Form::kList ? value.is_list() : value.is_object();
    return good ? std::string()
                : fmt::format("must be {}",
                              key.form == Form::kList ? "a list: [ ... ]" : "an object: { ... }");
  }
  const auto text = value.text();
  if (!text) {
    return "must be a string";
  }
  if (key.form == Form::kSwitch) {
    return is_lwsws_on(*text) || is_off(*text)
               ? std::string()
               : fmt::format("must be \"on\" or \"off\", is \"{}\"", echo(*text));
  }
  if (key.form == Form::kNumber) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < key.min ||
        number > key.max) {
      return fmt::format("must be a number{}, is \"{}\"",
                         key.max < kMany ? fmt::format(" from {} to {}", key.min, key.max)
                         : key.min > 0   ? fmt::format(" of at least {}", key.min)
                                         : std::string(),
                         echo(*text));
    }
  }
  return {};
}

}  // namespace

bool is_lwsws_on(std::string_view text) {
  int number = 0;
  (void)std::from_chars(text.data(), text.data() + text.size(), number);
  return number != 0 || equals_ignoring_case(text, "on") || equals_ignoring_case(text, "yes") ||
         equals_ignoring_case(text, "true");
}

void check_lwsws_keys(LwswsObject kind, LwswsValue object,
                      const std::function<void(std::size_t line, const std::string&)>& report) {
  const std::span<const Key> keys = keys_of(kind);
  std::map<std::string, std::size_t> lines;
  object.for_each_member([&](const std::string& name, LwswsValue value) {
    const auto key = std::ranges::find(keys, name, &Key::name);
    if (key == keys.end()) {
      std::vector<std::string_view> names;
      for (const Key& each : keys) {
        names.push_back(each.name);
      }
      report(value.line(),
             fmt::format("\"{}\" is not read by lwsws{}", echo(name), suggestion_for(name, names)));
      return;
    }
    if (const auto [first, is_first] = lines.emplace(name, value.line());
        !is_first && !may_be_repeated(name)) {
      report(value.line(), fmt::format("\"{}\" is given twice, first in line {}: remove one", name,
                                       first->second));
    }
    if (const std::string fault = fault_of(*key, value); !fault.empty()) {
      report(value.line(), fmt::format("\"{}\" {}", name, fault));
    }
  });
}

}  // namespace ringside::cli
