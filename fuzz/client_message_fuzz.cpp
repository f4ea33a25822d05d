// What clients send. Whatever it is: a message, or an error that can be sent back.
#include "core/base/text.hpp"
#include "core/proto/client_message.hpp"
#include "fuzz/fuzz.hpp"

using namespace ringside;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = parse_client_message(fuzz::text_of(data, size));
  if (!message) {
    const MessageError& error = message.error();
    fuzz::require(error.code == "invalid_message" || error.code == "unknown_type", "a known code");
    fuzz::require(!error.message.empty() && is_valid_utf8(error.message), "words to send back");
    fuzz::require(is_valid_utf8(error.request), "a request that can be named");
  }
  return 0;
}
