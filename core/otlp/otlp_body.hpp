#pragma once
// OtlpBody: an OTLP request (ExportLogsServiceRequest or ExportMetricsServiceRequest) as a list of where its records are, without
// building it: a request of a few bytes for each of many records would take hundreds of times its size.
//
//   request -> resource -> scope -> record       (log record, or metric with its data points)
//
// Threads: pure; one object in one thread. Memory: the body, and at most 28 bytes for each record.
// Source: opentelemetry/proto/*.proto in this directory, and the OTLP specification, "JSON Protobuf Encoding".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace ringside {

enum class OtlpSignal { kLogs, kMetrics };
enum class OtlpEncoding { kProtobuf, kJson };

class OtlpBody {
 public:
  // More records in one request are refused.
  static constexpr std::size_t kMaxRecords = 65'536;

  struct Error {
    bool is_too_large = false;  // else it is broken
    std::string message;
  };

  // Where a resource and a scope are; empty: there is none.
  struct Context {
    std::string_view resource;
    std::string_view scope;
  };

  // Cost: about 5 ms for 4 MiB of JSON, less for protobuf.
  [[nodiscard]] static tl::expected<OtlpBody, Error> open(OtlpSignal signal, OtlpEncoding encoding,
                                                          std::string body);

  [[nodiscard]] OtlpEncoding encoding() const noexcept { return encoding_; }
  [[nodiscard]] OtlpSignal signal() const noexcept { return signal_; }
  [[nodiscard]] std::size_t n_records() const noexcept { return records_.size(); }
  // Scopes that have records; their resources may be the same.
  [[nodiscard]] std::size_t n_contexts() const noexcept { return contexts_.size(); }
  // The text or the bytes of a record.
  [[nodiscard]] std::string_view record(std::size_t i) const noexcept;
  [[nodiscard]] std::size_t context_of(std::size_t i) const noexcept { return records_[i].context; }
  [[nodiscard]] Context context(std::size_t i) const noexcept;

 private:
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };
  struct Record {
    Span at;
    std::uint32_t context = 0;
  };
  struct Contexts {
    Span resource;
    Span scope;
  };
  class Reader;

  [[nodiscard]] std::string_view text_of(Span span) const noexcept {
    return std::string_view(body_).substr(span.begin, span.size);
  }

  OtlpSignal signal_ = OtlpSignal::kLogs;
  OtlpEncoding encoding_ = OtlpEncoding::kJson;
  std::string body_;
  std::vector<Record> records_;
  std::vector<Contexts> contexts_;
};

}  // namespace ringside
