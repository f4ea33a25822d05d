// lwsws starts with a mount that leads nowhere, and answers with 404.
#include "cli/check_mounts.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/lwsws_keys.hpp"
#include "core/base/echo.hpp"
#include "core/config/suggestion.hpp"

namespace ringside::cli {
namespace {

// Everything that is answered without an upgrade, as in the virtual host that is installed.
constexpr std::array<std::string_view, 11> kPaths{"/healthz", "/readyz",     "/ws",       "/logs",
                                                  "/metrics", "/ticket",     "/admin",    "/events",
                                                  "/v1/logs", "/v1/metrics", "/v1/traces"};
constexpr std::array<std::string_view, 8> kOrigins{
    "http://", "https://", "file://", "cgi://", ">http://", ">https://", "callback://", "gzip://"};
constexpr std::string_view kCallback = "callback://";
constexpr std::string_view kFiles = "file://";
constexpr std::size_t kMaxMountpoint = 255;  // lwsws keeps its length in a byte

class Mounts {
 public:
  Mounts(const std::string& path, const std::vector<std::string>& protocols, Findings& findings)
      : path_(path), protocols_(protocols), findings_(findings) {}

  void check(LwswsValue vhost, const LwswsFacts::Host& host) {
    const auto mounts = vhost.member("mounts");
    if (mounts) {
      mounts->for_each_element([&](LwswsValue mount) { check_mount(mount); });
    }
    if (!host.has_ringside) {
      return;
    }
    const std::string where = at(mounts.value_or(vhost));
    // A path without a mount is answered by the files at "/", with 404: nothing says that a feature is missing.
    std::vector<std::string_view> missing;
    for (const std::string_view path : kPaths) {
      if (std::ranges::find(served_, path) == served_.end()) {
        missing.push_back(path);
      }
    }
    if (!missing.empty()) {
      findings_.note(where,
                     fmt::format("vhost \"{}\" does not serve {}: add {{ \"mountpoint\": \"{}\", "
                                 "\"origin\": \"callback://ringside-ws\" }}{}",
                                 echo(host.name), fmt::join(missing, ", "), missing.front(),
                                 missing.size() > 1 ? " and the like" : ""));
    }
    if (std::ranges::find(served_, "/") == served_.end()) {
      findings_.note(where,
                     fmt::format("vhost \"{}\" has no mount for /: the dashboard is not served",
                                 echo(host.name)));
    }
  }

 private:
  [[nodiscard]] std::string at(LwswsValue value) const {
    return fmt::format("{}:{}", path_, value.line());
  }

  void check_mount(LwswsValue mount) {
    if (!mount.is_object()) {
      findings_.error(at(mount), "a mount must be an object: { ... }");
      return;
    }
    check_lwsws_keys(LwswsObject::kMount, mount, [&](std::size_t line, const std::string& what) {
      findings_.error(fmt::format("{}:{}", path_, line), what);
    });
    const auto point = mount.text_of("mountpoint");
    const auto origin = mount.text_of("origin");
    if (!point || !origin) {
      findings_.error(at(mount), "a mount needs \"mountpoint\" and \"origin\"");
      return;
    }
    if (!point->starts_with('/') || point->size() > kMaxMountpoint ||
        (point->size() > 1 && point->ends_with('/'))) {
      findings_.error(
          at(mount),
          fmt::format("mountpoint \"{}\" must begin with /, and not end with it", echo(*point)));
    }
    if (std::ranges::find(served_, *point) != served_.end()) {
      findings_.error(at(mount), fmt::format("{} is mounted twice: remove one", echo(*point)));
    }
    const auto form = std::ranges::find_if(
        kOrigins, [&](std::string_view each) { return origin->starts_with(each); });
    if (form == kOrigins.end()) {
      findings_.error(at(mount), fmt::format("origin \"{}\" must begin with one of {}",
                                             echo(*origin), fmt::join(kOrigins, ", ")));
      return;
    }
    if (*form == kCallback) {
      check_callback(mount, origin->substr(kCallback.size()));
    } else if (*form == kFiles) {
      check_directory(mount, origin->substr(kFiles.size()));
    }
    const bool is_answered = *form == kCallback && origin->starts_with("callback://ringside-");
    if (is_answered || std::ranges::find(kPaths, *point) == kPaths.end()) {
      served_.push_back(*point);
    }
  }

  void check_callback(LwswsValue mount, const std::string& protocol) {
    if (std::ranges::find(protocols_, protocol) == protocols_.end()) {
      const std::vector<std::string_view> known(protocols_.begin(), protocols_.end());
      findings_.error(at(mount), fmt::format("callback://{0}: \"ws-protocols\" has no \"{0}\"{1}",
                                             echo(protocol), suggestion_for(protocol, known)));
    }
  }

  void check_directory(LwswsValue mount, const std::string& dir) {
    struct stat info {};
    if (::stat(dir.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
      findings_.error(at(mount), dir + " is not a directory: nothing is served from there");
      return;
    }
    const std::string page = dir + "/" + mount.text_of("default").value_or("index.html");
    if (::stat(page.c_str(), &info) != 0) {
      findings_.error(at(mount), page + " is not there: the page is answered with 404");
    } else if (const std::string fault = findings_.access_fault(page); !fault.empty()) {
      findings_.error(page, fault);
    }
  }

  const std::string& path_;
  const std::vector<std::string>& protocols_;
  Findings& findings_;
  std::vector<std::string> served_;
};

}  // namespace

void check_mounts(const std::string& path, LwswsValue vhost, const LwswsFacts::Host& host,
                  const std::vector<std::string>& protocols, Findings& findings) {
  Mounts(path, protocols, findings).check(vhost, host);
}

}  // namespace ringside::cli
