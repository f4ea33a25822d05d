// Both encodings are walked down to the records by the same three steps; only how a step finds its parts differs.
#include "core/otlp/otlp_body.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <functional>
#include <utility>

#include "core/otlp/json_walk.hpp"

namespace ringside {
namespace {

using Visit = std::function<bool(std::string_view)>;
using google::protobuf::internal::WireFormatLite;

// Calls `on_field` for each length-delimited field of a message, and passes over others. False when it is broken.
bool fields_of(std::string_view message,
               const std::function<bool(int, std::string_view)>& on_field) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.data()),
                                            static_cast<int>(message.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&in, tag)) {
        return false;
      }
      continue;
    }
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) {
      return false;
    }
    const auto begin = static_cast<std::size_t>(in.CurrentPosition());
    if (size > message.size() - begin || !in.Skip(static_cast<int>(size)) ||
        !on_field(WireFormatLite::GetTagFieldNumber(tag), message.substr(begin, size))) {
      return false;
    }
  }
  return in.ConsumedEntireMessage();
}

struct Names {
  std::string_view camel;
  std::string_view snake;  // the specification wants the other one; some write this
};
[[nodiscard]] bool is(std::string_view name, const Names& names) noexcept {
  return name == names.camel || name == names.snake;
}

constexpr std::string_view kBroken = "the body is not an OTLP message of this path";

}  // namespace

class OtlpBody::Reader {
 public:
  explicit Reader(OtlpBody& out) : out_(out) {}

  // False: error() says why.
  [[nodiscard]] bool read() {
    return out_.encoding_ == OtlpEncoding::kProtobuf ? read_protobuf() : read_json();
  }
  [[nodiscard]] Error error() const {
    return is_too_large_
               ? Error{true, fmt::format("the request has more than {} records", kMaxRecords)}
               : Error{false, std::string(kBroken)};
  }

 private:
  [[nodiscard]] Span span_of(std::string_view part) const noexcept {
    return {static_cast<std::uint32_t>(part.data() - out_.body_.data()),
            static_cast<std::uint32_t>(part.size())};
  }
  // The scope's records follow. It is kept when there is one: a scope without any takes two bytes of a request.
  void begin_scope(std::string_view resource, std::string_view scope) {
    contexts_.resource = resource.empty() ? Span{} : span_of(resource);
    contexts_.scope = scope.empty() ? Span{} : span_of(scope);
    is_kept_ = false;
  }
  [[nodiscard]] bool add(std::string_view record) {
    if (out_.records_.size() == kMaxRecords) {
      is_too_large_ = true;
      return false;
    }
    if (!std::exchange(is_kept_, true)) {
      out_.contexts_.push_back(contexts_);
    }
    out_.records_.push_back(
        {span_of(record), static_cast<std::uint32_t>(out_.contexts_.size() - 1)});
    return true;
  }

  // Fields: 1 of the request has resources; 1 of those is the resource and 2 has scopes; 1 of those is the scope and 2 has
  // the records; for logs and for metrics.
  [[nodiscard]] bool read_protobuf() {
    return fields_of(out_.body_, [&](int field, std::string_view group) {
      return field != 1 || read_protobuf_resource(group);
    });
  }
  [[nodiscard]] bool read_protobuf_resource(std::string_view group) {
    std::string_view resource;  // it may come after the scopes
    const auto find = [&](int field, std::string_view part) {
      resource = field == 1 ? part : resource;
      return true;
    };
    return fields_of(group, find) && fields_of(group, [&](int field, std::string_view scope) {
             return field != 2 || read_protobuf_scope(resource, scope);
           });
  }
  [[nodiscard]] bool read_protobuf_scope(std::string_view resource, std::string_view group) {
    std::string_view scope;
    const auto find = [&](int field, std::string_view part) {
      scope = field == 1 ? part : scope;
      return true;
    };
    if (!fields_of(group, find)) {
      return false;
    }
    begin_scope(resource, scope);
    return fields_of(group,
                     [&](int field, std::string_view record) { return field != 2 || add(record); });
  }

  [[nodiscard]] bool read_json() {
    const Names groups = out_.signal_ == OtlpSignal::kLogs
                             ? Names{"resourceLogs", "resource_logs"}
                             : Names{"resourceMetrics", "resource_metrics"};
    return each(out_.body_, groups,
                [&](std::string_view group) { return read_json_resource(group); });
  }
  [[nodiscard]] bool read_json_resource(std::string_view group) {
    const Names scopes = out_.signal_ == OtlpSignal::kLogs ? Names{"scopeLogs", "scope_logs"}
                                                           : Names{"scopeMetrics", "scope_metrics"};
    std::string_view resource;
    return find(group, "resource", resource) && each(group, scopes, [&](std::string_view scope) {
             return read_json_scope(resource, scope);
           });
  }
  [[nodiscard]] bool read_json_scope(std::string_view resource, std::string_view group) {
    const Names records = out_.signal_ == OtlpSignal::kLogs ? Names{"logRecords", "log_records"}
                                                            : Names{"metrics", "metrics"};
    std::string_view scope;
    if (!find(group, "scope", scope)) {
      return false;
    }
    begin_scope(resource, scope);
    return each(group, records, [&](std::string_view record) { return add(record); });
  }
  // The object that is a member; empty when there is none.
  [[nodiscard]] static bool find(std::string_view object, std::string_view name,
                                 std::string_view& out) {
    return JsonWalk::members(object, [&](std::string_view member, std::string_view value) {
      out = member == name && value != "null" ? value : out;
      return true;
    });
  }
  // The elements of the arrays that are members of those names.
  [[nodiscard]] static bool each(std::string_view object, const Names& names, const Visit& visit) {
    return JsonWalk::members(object, [&](std::string_view member, std::string_view value) {
      return !is(member, names) || value == "null" || JsonWalk::elements(value, visit);
    });
  }

  OtlpBody& out_;
  Contexts contexts_;  // of the records that follow
  bool is_kept_ = false;
  bool is_too_large_ = false;
};

tl::expected<OtlpBody, OtlpBody::Error> OtlpBody::open(OtlpSignal signal, OtlpEncoding encoding,
                                                       std::string body) {
  OtlpBody out;
  out.signal_ = signal;
  out.encoding_ = encoding;
  out.body_ = std::move(body);
  Reader reader(out);
  if (!reader.read()) {
    return tl::unexpected(reader.error());
  }
  return out;
}

std::string_view OtlpBody::record(std::size_t i) const noexcept { return text_of(records_[i].at); }

OtlpBody::Context OtlpBody::context(std::size_t i) const noexcept {
  return {text_of(contexts_[i].resource), text_of(contexts_[i].scope)};
}

}  // namespace ringside
