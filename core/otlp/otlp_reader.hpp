#pragma once
// OtlpReader: the events of an OTLP request, one after the other: a LogEntry for each log record, a MetricUpdate for each data
// point of a metric. docs/sources.md, "OpenTelemetry", has the mapping.
//
// Threads: pure; one object in one thread. Memory: one record at a time is built; larger ones than kMaxRecordBytes are rejected.

#include <memory>
#include <string>

#include "core/otlp/otlp_body.hpp"

namespace ringside {

class OtlpReader {
 public:
  static constexpr std::size_t kMaxRecordBytes = 512U << 10U;
  // Attributes of a resource and its scope, as JSON: each event repeats them.
  static constexpr std::size_t kMaxContextBytes = 16U << 10U;

  enum class Next {
    kEvent,     // `text` is an event as a producer would send it
    kRejected,  // `text` says why a log record or a data point has none
    kSkipped,  // a data point that says that there is no value, which is not an error; or a metric without any
    kEnd,
  };

  explicit OtlpReader(OtlpBody body);
  OtlpReader(OtlpReader&&) noexcept;
  OtlpReader& operator=(OtlpReader&&) noexcept;
  OtlpReader(const OtlpReader&) = delete;
  OtlpReader& operator=(const OtlpReader&) = delete;
  ~OtlpReader();

  [[nodiscard]] Next next(std::string& text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ringside
