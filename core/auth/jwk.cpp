// A set is someone else's file and changes without asking, so a key that cannot be used is skipped
// and logged; it is not fatal.
#include "core/auth/jwk.hpp"

#include <optional>

#include "core/auth/base64url.hpp"
#include "core/auth/pem.hpp"
#include "core/base/json.hpp"
#include "core/base/log.hpp"

namespace ringside {
namespace {

constexpr std::size_t kMinSecretBytes = 32;

std::string text_of(JsonRef key, std::string_view member) {
  return std::string(key[member].as_string().value_or(""));
}

bool is_null(JsonRef value) { return !value.present() || value.kind() == JsonKind::kNull; }

std::optional<Algorithm> algorithm_of(JsonRef key) {
  Algorithm algorithm{};
  if (const std::string alg = text_of(key, "alg"); !alg.empty()) {
    return parse_algorithm(alg, algorithm) ? std::optional(algorithm) : std::nullopt;
  }
  const std::string type = text_of(key, "kty");
  const std::string curve = text_of(key, "crv");
  if (type == "RSA") {
    return Algorithm::kRS256;
  }
  if (type == "oct") {
    return Algorithm::kHS256;
  }
  if (type == "OKP") {
    return curve == "Ed25519" || curve == "Ed448" ? std::optional(Algorithm::kEdDSA) : std::nullopt;
  }
  return curve == "P-256"   ? std::optional(Algorithm::kES256)
         : curve == "P-384" ? std::optional(Algorithm::kES384)
         : curve == "P-521" ? std::optional(Algorithm::kES512)
                            : std::nullopt;
}

Result<std::string> material_of(JsonRef key, Algorithm algorithm) {
  const std::string type = text_of(key, "kty");
  const auto bytes = [&](std::string_view member) {
    return decode_base64url(text_of(key, member)).value_or("");
  };
  if (type == "oct" && is_hmac(algorithm)) {
    std::string secret = bytes("k");
    if (looks_like_pem(secret)) {
      return fail("has a PEM key for its secret");
    }
    return secret.size() < kMinSecretBytes
               ? Result<std::string>(fail("has a secret of less than 32 bytes"))
               : secret;
  }
  if (type == "RSA" && is_rsa(algorithm)) {
    return make_rsa_pem(bytes("n"), bytes("e"));
  }
  if (type == "EC" && is_ec(algorithm)) {
    return make_ec_pem(algorithm, bytes("x"), bytes("y"));
  }
  if (type == "OKP" && algorithm == Algorithm::kEdDSA) {
    return make_ed_pem(text_of(key, "crv"), bytes("x"));
  }
  return fail("has a kty that does not go with its alg");
}

Result<Key> key_of(JsonRef entry) {
  if (!entry.is_object()) {
    return fail("is not an object");
  }
  if (!is_null(entry["use"]) && entry["use"].as_string() != "sig") {
    return fail("is not for signatures: its use is not \"sig\"");
  }
  if (const JsonRef operations = entry["key_ops"]; !is_null(operations)) {
    bool verifies = false;
    operations.for_each_element([&](JsonRef one) {
      verifies = verifies || one.as_string() == "verify" || one.as_string() == "sign";
      return !verifies;
    });
    if (!verifies) {
      return fail("is not for signatures: its key_ops lacks \"verify\"");
    }
  }
  const auto algorithm = algorithm_of(entry);
  if (!algorithm) {
    return fail("has an algorithm or curve that is not supported");
  }
  auto material = material_of(entry, *algorithm);
  if (!material) {
    return tl::unexpected(material.error());
  }
  if (!is_hmac(*algorithm)) {
    if (const Status fit = check_pem(*material, *algorithm, false); !fit) {
      return tl::unexpected(fit.error());
    }
  }
  return Key{text_of(entry, "kid"), *algorithm, std::move(*material)};
}

}  // namespace

Result<std::vector<Key>> parse_jwk_set(std::string_view text) {
  const auto parsed = Json::parse(text);
  if (!parsed) {
    return fail("is not JSON: " + parsed.error().message);
  }
  const JsonRef entries = (*parsed)["keys"];
  if (!entries.is_array()) {
    return fail("is not a JWK set: it has no \"keys\" array");
  }
  std::vector<Key> keys;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (auto key = key_of(entries[i])) {
      keys.push_back(std::move(*key));
    } else {
      log::warn("key {} of the JWK set is skipped: it {}", i, key.error().message);
    }
  }
  if (keys.empty()) {
    return fail("has no key that can be used");
  }
  return keys;
}

}  // namespace ringside
