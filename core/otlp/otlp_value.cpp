// protobuf limits the depth of messages that it reads to 100, so the recursion here has that bound.
#include "core/otlp/otlp_value.hpp"

#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>
#include <opentelemetry/proto/resource/v1/resource.pb.h>

#include <algorithm>
#include <cctype>
#include <limits>

#include "core/base/time.hpp"

namespace ringside::otlp {
namespace {

using opentelemetry::proto::common::v1::AnyValue;
using opentelemetry::proto::common::v1::InstrumentationScope;
using opentelemetry::proto::common::v1::KeyValue;
using opentelemetry::proto::resource::v1::Resource;

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8U | (j < n ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= n ? kDigits[group >> (18U - 6U * j) & 63U] : '=';
    }
  }
  return out;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 15U];
  }
  return out;
}

Json scope_of(const InstrumentationScope& scope) {
  Json out = Json::object();
  out.set("name", scope.name());
  if (!scope.version().empty()) {
    out.set("version", scope.version());
  }
  if (scope.attributes_size() != 0) {
    out.set("attributes", json_of(scope.attributes()));
  }
  return out;
}

}  // namespace

bool read_message(OtlpEncoding encoding, std::string_view text,
                  google::protobuf::Message& message) {
  // What a client sends wrong is answered; protobuf would write it to standard error as well.
  static auto* const silenced = google::protobuf::SetLogHandler(nullptr);
  (void)silenced;
  if (encoding == OtlpEncoding::kProtobuf) {
    return message.ParseFromArray(text.data(), static_cast<int>(text.size()));
  }
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage({text.data(), text.size()}, &message, options)
      .ok();
}

Json json_of(const AnyValue& value) {
  switch (value.value_case()) {
    case AnyValue::kStringValue:
      return Json::string(value.string_value());
    case AnyValue::kBoolValue:
      return Json::boolean(value.bool_value());
    case AnyValue::kIntValue:
      return Json::integer(value.int_value());
    case AnyValue::kDoubleValue:
      return Json::number(value.double_value());
    case AnyValue::kBytesValue:
      return Json::string(base64_of(value.bytes_value()));
    case AnyValue::kKvlistValue:
      return json_of(value.kvlist_value().values());
    case AnyValue::kArrayValue: {
      Json array = Json::array();
      for (const AnyValue& element : value.array_value().values()) {
        array.append(json_of(element));
      }
      return array;
    }
    case AnyValue::VALUE_NOT_SET:
      break;
  }
  return Json::null();
}

namespace {

// A NUL, which no member's name can have here (jansson), becomes what bytes that are not UTF-8 become.
std::string name_of(const KeyValue& attribute) {
  std::string name = attribute.key();
  for (std::size_t at = name.find('\0'); at != std::string::npos; at = name.find('\0', at)) {
    name.replace(at, 1, "\xEF\xBF\xBD");
  }
  return name;
}

}  // namespace

Json json_of(const Attributes& attributes) {
  Json object = Json::object();
  for (const KeyValue& each : attributes) {
    object.set(name_of(each), json_of(each.value()));
  }
  return object;
}

Json labels_of(const Attributes& attributes) {
  Json object = Json::object();
  for (const KeyValue& each : attributes) {
    const Json value = json_of(each.value());
    if (value.ref().is_object() || value.ref().is_array()) {
      object.set(name_of(each), value.dump());
    } else {
      object.set(name_of(each), value);
    }
  }
  return object;
}

std::string_view text_of(const Attributes& attributes, std::string_view key) {
  for (const KeyValue& each : attributes) {
    if (each.key() == key) {
      return each.value().string_value();
    }
  }
  return {};
}

std::optional<std::string> time_of(std::uint64_t unix_nano) {
  if (unix_nano == 0 ||
      unix_nano > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  return format_rfc3339(wall_from_ns(static_cast<std::int64_t>(unix_nano)));
}

std::string id_of(OtlpEncoding encoding, const std::string& bytes, std::size_t n_bytes) {
  std::string id = encoding == OtlpEncoding::kJson ? base64_of(bytes) : hex_of(bytes);
  std::ranges::transform(id, id.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool is_hex =
      std::ranges::all_of(id, [](unsigned char c) { return std::isxdigit(c) != 0; });
  const bool is_zero = std::ranges::all_of(id, [](char c) { return c == '0'; });
  return id.size() == 2 * n_bytes && is_hex && !is_zero ? id : std::string();
}

Context read_context(OtlpEncoding encoding, const OtlpBody::Context& context,
                     std::size_t max_bytes) {
  Context out;
  Resource resource;
  InstrumentationScope scope;
  if (context.resource.size() + context.scope.size() > 4 * max_bytes) {
    out.fault = "the attributes of its resource and scope are too long";
    return out;
  }
  if ((!context.resource.empty() && !read_message(encoding, context.resource, resource)) ||
      (!context.scope.empty() && !read_message(encoding, context.scope, scope))) {
    out.fault = "its resource or scope cannot be read";
    return out;
  }
  out.metadata = Json::object();
  out.metadata.set("source", "otlp");
  if (resource.attributes_size() != 0) {
    out.metadata.set("resource", json_of(resource.attributes()));
  }
  if (!scope.name().empty()) {
    out.metadata.set("scope", scope_of(scope));
  }
  if (out.metadata.dump().size() > max_bytes) {
    out.fault = "the attributes of its resource and scope are too long";
  }
  const std::string_view service = text_of(resource.attributes(), "service.name");
  out.component = service.empty() ? scope.name() : std::string(service);
  return out;
}

}  // namespace ringside::otlp
