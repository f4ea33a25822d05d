#pragma once
// Escapes in JSON text, and repairs of text that nearly is JSON. Threads: pure functions.

#include <optional>
#include <string>
#include <string_view>

namespace ringside {

// Resolves the escapes of a string's text, as it is between its quotes. `raw` must be valid; an
// escaped surrogate without its other half becomes U+FFFD.
void unescape_json(std::string_view raw, std::string& out);

// Resolves \uXXXX escapes of printable ASCII characters other than quotes and backslashes, wherever
// they are: for text that could not be parsed.
[[nodiscard]] std::string without_ascii_escapes(std::string_view text);

// Repairs text that producers write and RFC 8259 does not allow, or lets parsers refuse: a byte order
// mark before the text is dropped, an escaped surrogate without its other half becomes \ufffd.
// Nothing when there was nothing to repair.
//   Cost: a search for "\u"; one pass only where one is found.
[[nodiscard]] std::optional<std::string> repaired_json(std::string_view text);

}  // namespace ringside
