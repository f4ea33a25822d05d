#pragma once
// MediaType: the forms in which a plain GET of an endpoint gets its events, chosen by `Accept` (RFC 9110 section 12.5.1).
// Threads: pure.

#include <optional>
#include <string_view>

namespace ringside {

enum class MediaType {
  kEventStream,  // text/event-stream: Server-Sent Events, a stream without an end
  kJsonLines,    // application/x-ndjson: the same as JSON, a line for each event
  kJson,         // application/json: a page of history, then the end
};

// "text/event-stream" for kEventStream.
[[nodiscard]] std::string_view name_of(MediaType type) noexcept;

// The type of ours that the client wants most; the first in the header where it wants two alike. Nothing when it names none
// of them: a wildcard asks for whatever a path answers by itself, and is not taken for a stream.
//   accept:  the header's value; what cannot be read in it is skipped
[[nodiscard]] std::optional<MediaType> choose_media_type(std::string_view accept) noexcept;

// Whether Accept-Encoding takes gzip (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

}  // namespace ringside
