// The two functions are looked up when they are needed, since the plugin must load into a host that has neither.
#include "module/host/host_patches.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <array>

#include "core/base/text.hpp"

namespace ringside {
namespace {

// The series of cmake/lws/patches, in its order (a lint test compares them).
constexpr std::array kPatches = std::to_array<std::string_view>({
    "host-patches",
    "separate-read-buffer",
    "strict-request-head",
    "header-name-prefix",
    "request-body",
    "quiet-refusals",
    "replace-request-header",
    "ws-unmasked-frames",
    "ws-reserved-bits",
    "ws-broken-frames",
    "ws-burst-of-pings",
    "ws-nothing-after-close",
    "ws-bad-deflate-data",
    "accept-without-descriptors",
    "timers-from-both-ends",
    "no-walks-for-a-connection",
    "connections-for-the-default-protocol",
    "static-files-are-read-only",
    "quoted-entity-tags",
    "symbolic-links-stay-in-the-mount",
    "chunked-request-bodies",
    "connections-that-are-not-read",
    "configuration-leftovers",
});

using HostPatches = const char* (*)();
using ReplaceHeader = int (*)(lws*, lws_token_indexes, const char*);

template <class F>
F find_function(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
}

const std::string& patches_of_host() {
  static const std::string names = [] {
    const auto ask = find_function<HostPatches>("lws_host_patches");
    return std::string(ask != nullptr ? ask() : "");
  }();
  return names;
}

}  // namespace

bool host_has_patch(std::string_view name) {
  return std::ranges::any_of(split(patches_of_host(), ','),
                             [&](std::string_view each) { return each == name; });
}

std::string missing_host_patches() {
  std::string names;
  for (const std::string_view name : kPatches) {
    if (!host_has_patch(name)) {
      names.append(names.empty() ? "" : ", ").append(name);
    }
  }
  if (names.empty()) {
    return {};
  }
  return "this libwebsockets lacks patches that Ringside's own has, so it is easier to disturb "
         "from outside and breaks some "
         "rules of HTTP and WebSocket (see docs/operations.md): " +
         names;
}

bool replace_header(lws* wsi, lws_token_indexes header, const std::string& value) {
  static const auto replace = find_function<ReplaceHeader>("lws_hdr_replace");
  return replace != nullptr && replace(wsi, header, value.c_str()) == 0;
}

}  // namespace ringside
