#pragma once
// Values of OTLP as JSON: attributes, times and ids. For the files of this directory, which share the generated messages.
//
// Threads: pure.

#include <opentelemetry/proto/common/v1/common.pb.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/base/json.hpp"
#include "core/otlp/otlp_body.hpp"

namespace ringside::otlp {

using Attributes = google::protobuf::RepeatedPtrField<opentelemetry::proto::common::v1::KeyValue>;

// Reads `text` as `message`. False when it is broken.
[[nodiscard]] bool read_message(OtlpEncoding encoding, std::string_view text,
                                google::protobuf::Message& message);

// Bytes become base64, what is empty null, a number that is not finite null.
[[nodiscard]] Json json_of(const opentelemetry::proto::common::v1::AnyValue& value);
// An object; of a key that comes twice, the last counts.
[[nodiscard]] Json json_of(const Attributes& attributes);
// The same with values as labels have them: what is neither text, number nor boolean becomes JSON text.
[[nodiscard]] Json labels_of(const Attributes& attributes);
// The text of an attribute; empty when there is none.
[[nodiscard]] std::string_view text_of(const Attributes& attributes, std::string_view key);

// Nanoseconds since 1970 as RFC 3339; nothing for 0 and for times that cannot be represented.
[[nodiscard]] std::optional<std::string> time_of(std::uint64_t unix_nano);

// A trace or span id of `n_bytes` as hex digits; empty when it is none. In JSON an id is hex already, where other bytes are base64:
// its letters were read as base64, and are found by writing them so.
[[nodiscard]] std::string id_of(OtlpEncoding encoding, const std::string& bytes,
                                std::size_t n_bytes);

// What the events of one resource and scope have in common.
struct Context {
  Json metadata;          // {"source":"otlp","resource":{...},"scope":{...}}
  std::string component;  // of a log entry: service.name, else the scope's name
  std::string fault;      // not empty: why they cannot be taken
};
[[nodiscard]] Context read_context(OtlpEncoding encoding, const OtlpBody::Context& context,
                                   std::size_t max_bytes);

}  // namespace ringside::otlp
