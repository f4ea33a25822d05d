// Each key is pinned to one algorithm when it is loaded, because a token's header is the attacker's
// to write: nothing in it may choose how a key is used.
#include "core/auth/keyset.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/auth/jwk.hpp"
#include "core/auth/pem.hpp"
#include "core/base/log.hpp"
#include "core/base/read_file.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMinSecretBytes = 32;
constexpr std::size_t kMaxKeyFileBytes = 1u << 20u;
constexpr std::array<std::string_view, 13> kNames{"HS256", "HS384", "HS512", "RS256", "RS384",
                                                  "RS512", "ES256", "ES384", "ES512", "PS256",
                                                  "PS384", "PS512", "EdDSA"};

Result<std::string> read_file(const std::string& path) {
  auto text = read_whole_file(path);
  if (!text) {
    return fail_from(text.error(), path);
  }
  if (text->size() > kMaxKeyFileBytes) {
    return fail(path + ": is larger than 1 MiB: this is not a key file");
  }
  return text;
}

Result<std::vector<Key>> load_source(const KeySource& source) {
  auto text = read_file(source.path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  if (source.is_jwk_set) {
    auto keys = parse_jwk_set(*text);
    return keys ? std::move(keys) : fail_from(keys.error(), source.path);
  }
  if (!is_hmac(source.algorithm)) {
    if (const Status fit = check_pem(*text, source.algorithm, false); !fit) {
      return fail_from(fit.error(), source.path);
    }
    return std::vector<Key>{Key{source.id, source.algorithm, std::move(*text)}};
  }
  if (looks_like_pem(*text)) {
    return fail(source.path + ": is a PEM key, which must not serve as the secret of " +
                std::string(name_of(source.algorithm)));
  }
  if (!text->empty() && text->back() == '\n') {
    text->pop_back();
  }
  if (text->size() < kMinSecretBytes) {
    return fail(fmt::format("{}: a secret must be at least {} bytes long, this one has {}",
                            source.path, kMinSecretBytes, text->size()));
  }
  return std::vector<Key>{Key{source.id, source.algorithm, std::move(*text)}};
}

// Enough to see that a file is another one or has other contents.
std::string stamp_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    return "absent";
  }
  return fmt::format("{}:{}:{}:{}.{}", info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec,
                     info.st_mtim.tv_nsec);
}

// Without the JWK sets that are not there yet: ringsided may fetch one after the web server has started. No token is verified
// with its keys until then.
std::vector<KeySource> present(const std::vector<KeySource>& sources) {
  std::vector<KeySource> there;
  for (const KeySource& source : sources) {
    if (source.is_jwk_set && ::access(source.path.c_str(), F_OK) != 0 && errno == ENOENT) {
      log::warn("keys: {} does not exist yet; tokens of its keys are refused until it does",
                source.path);
    } else {
      there.push_back(source);
    }
  }
  return there;
}

}  // namespace

std::string_view name_of(Algorithm algorithm) noexcept {
  return kNames[static_cast<std::size_t>(algorithm)];
}

std::span<const std::string_view> algorithm_names() noexcept { return kNames; }

bool parse_algorithm(std::string_view name, Algorithm& out) noexcept {
  const auto* const at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) {
    return false;
  }
  out = static_cast<Algorithm>(at - kNames.begin());
  return true;
}

Result<KeySource> parse_key_source(std::string_view text) {
  const std::string whole(text);
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail("\"" + whole + "\" must be ALGORITHM:FILE, ALGORITHM:kid=ID:FILE or jwks:FILE");
  }
  KeySource source;
  const std::string_view kind = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 1);
  source.is_jwk_set = kind == "jwks";
  if (!source.is_jwk_set && !parse_algorithm(kind, source.algorithm)) {
    return fail("\"" + whole + "\": " + std::string(kind) +
                " is not an algorithm; use HS256/384/512, RS256/384/512, PS256/384/512, "
                "ES256/384/512, EdDSA and jwks");
  }
  if (rest.starts_with("kid=")) {
    const auto end = rest.find(':');
    if (end == std::string_view::npos || source.is_jwk_set) {
      return fail("\"" + whole + "\" must be ALGORITHM:kid=ID:FILE");
    }
    source.id = rest.substr(4, end - 4);
    rest.remove_prefix(end + 1);
  }
  if (rest.empty()) {
    return fail("\"" + whole + "\" names no file");
  }
  source.path = rest;
  return source;
}

Result<std::shared_ptr<const Keyset>> Keyset::load(const std::vector<KeySource>& sources) {
  std::vector<Key> keys;
  for (const KeySource& source : sources) {
    auto loaded = load_source(source);
    if (!loaded) {
      return tl::unexpected(loaded.error());
    }
    std::move(loaded->begin(), loaded->end(), std::back_inserter(keys));
  }
  return std::make_shared<const Keyset>(std::move(keys));
}

std::vector<const Key*> Keyset::find(std::string_view id) const {
  std::vector<const Key*> found;
  for (const Key& key : keys_) {
    if (key.id == id || (keys_.size() == 1 && (id.empty() || key.id.empty()))) {
      found.push_back(&key);
    }
  }
  return found;
}

Result<std::unique_ptr<KeysetFile>> KeysetFile::open(std::vector<KeySource> sources) {
  std::unique_ptr<KeysetFile> file(new KeysetFile);
  file->sources_ = std::move(sources);
  for (const KeySource& source : file->sources_) {
    file->stamps_.push_back(stamp_of(source.path));
  }
  auto loaded = Keyset::load(present(file->sources_));
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  file->current_ = std::move(*loaded);
  return file;
}

bool KeysetFile::refresh() {
  bool changed = false;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    std::string stamp = stamp_of(sources_[i].path);
    if (stamp != stamps_[i]) {
      stamps_[i] = std::move(stamp);
      changed = true;
    }
  }
  if (!changed) {
    return false;
  }
  auto loaded = Keyset::load(present(sources_));
  if (!loaded) {
    log::error("the keys changed and cannot be read; the old ones stay in use: {}",
               loaded.error().message);
    return false;
  }
  current_ = std::move(*loaded);
  return true;
}

}  // namespace ringside
