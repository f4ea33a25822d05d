// Tokens of strangers: none is ever valid.
#include "core/auth/token.hpp"
#include "core/base/text.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Keyset keys(
      {Key{"", Algorithm::kHS256, "a secret that no input of this fuzzer knows"}});
  const VerifiedToken verified =
      verify_token(fuzz::text_of(data, size), keys, TokenRules{}, system_clock());
  fuzz::require(
      verified.outcome != TokenOutcome::kValid && verified.outcome != TokenOutcome::kExpired,
      "nobody signs without the key");
  return 0;
}
