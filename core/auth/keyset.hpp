#pragma once
// Keys that tokens are verified with: HMAC secrets, RSA and EC public keys as PEM, JWK sets. Each
// pinned to its algorithm.

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ringside {

// The first nine in libjwt's order.
enum class Algorithm {
  kHS256,
  kHS384,
  kHS512,
  kRS256,
  kRS384,
  kRS512,
  kES256,
  kES384,
  kES512,
  kPS256,
  kPS384,
  kPS512,
  kEdDSA,
};

[[nodiscard]] std::string_view name_of(Algorithm algorithm) noexcept;        // "HS256"
[[nodiscard]] std::span<const std::string_view> algorithm_names() noexcept;  // in their order
[[nodiscard]] bool parse_algorithm(std::string_view name, Algorithm& out) noexcept;

struct Key {
  std::string id;  // `kid`; empty: serves tokens that name none
  Algorithm algorithm = Algorithm::kHS256;
  std::string material;  // the secret's bytes, or PEM
};

// Where keys come from; one line of configuration each.
struct KeySource {
  std::string path;
  Algorithm algorithm = Algorithm::kHS256;  // ignored for a JWK set, whose keys name their own
  std::string id;
  bool is_jwk_set = false;  // a file that ends in .json or .jwks
};

// "HS256:/etc/ringside/jwt.secret", "ES256:kid=2026:/etc/ringside/es.pem",
// "jwks:/etc/ringside/keys.json"
[[nodiscard]] Result<KeySource> parse_key_source(std::string_view text);

// An immutable set. Loading reads each file once: a secret is the file's bytes without a final
// newline, at least 32 bytes; RSA keys have at least 2,048 bits; an EC key's curve must be its
// algorithm's; a private key where a public one is expected is refused.
class Keyset {
 public:
  [[nodiscard]] static Result<std::shared_ptr<const Keyset>> load(
      const std::vector<KeySource>& sources);
  explicit Keyset(std::vector<Key> keys) : keys_(std::move(keys)) {}

  // The keys a token with this kid may be verified with: those of that id; for no kid, all that have
  // none, or the only key; for a kid that no key has, the only key if that has none.
  [[nodiscard]] std::vector<const Key*> find(std::string_view id) const;
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }

 private:
  std::vector<Key> keys_;
};

// Re-reads the files when one of them changed (inode, size, mtime). Keeps the old set, and says so, when the new does not load.
//   Threads: one; the sets it hands out are immutable.  Cost of a check: one stat a file.
class KeysetFile {
 public:
  [[nodiscard]] static Result<std::unique_ptr<KeysetFile>> open(std::vector<KeySource> sources);
  [[nodiscard]] std::shared_ptr<const Keyset> current() const noexcept { return current_; }
  // Returns true when a new set was loaded.
  bool refresh();

 private:
  KeysetFile() = default;
  std::vector<KeySource> sources_;
  std::vector<std::string> stamps_;
  std::shared_ptr<const Keyset> current_;
};

}  // namespace ringside
