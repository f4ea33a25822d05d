#pragma once
// What the plugin and the worker say to each other on ingest.sock, one connection for each HTTP request:
//
//   plugin:  {"type":"hello","version":1,"kind":"events","form":"lines","gzip":true,"user":"ci","key":"..."}\n
//            frames: four bytes of length, big-endian, and so many bytes of the body; a length of 0 is the end of the body
//   worker:  {"accepted":12,"rejected":[{"index":3,"message":"..."}],"n_rejected":1,"error":"bad_body","message":"..."}\n
//
// The body is in frames and not in lines because the client writes it: nothing that it sends can look like the end, or like
// a line of the plugin's. A connection that ends without the end of the body is a request that was broken off.
//
// Threads: pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/proto/http_error.hpp"
#include "core/proto/ingest.hpp"

namespace ringside {

// The socket in the run directory.
inline constexpr std::string_view kIngestSocket = "ingest.sock";
inline constexpr std::size_t kMaxIngestHelloBytes = 16U << 10U;
inline constexpr std::size_t kMaxIngestReportBytes = 256U << 10U;

struct IngestHello {
  IngestKind kind = IngestKind::kEvents;
  BodyForm form = BodyForm::kJson;
  bool is_gzip = false;
  std::string user;  // of the verified token
  std::string key;   // Idempotency-Key; empty: none

  [[nodiscard]] std::string to_line() const;  // with its newline
  // Errors: `line` is no hello of this version.
  [[nodiscard]] static Result<IngestHello> parse(std::string_view line);
};

// The head of a frame of `n_bytes`.
[[nodiscard]] std::array<char, 4> ingest_frame_head(std::uint32_t n_bytes) noexcept;

// What became of a request's events.
struct IngestReport {
  struct Rejected {
    std::uint64_t index = 0;  // of the event in the body, from 0
    std::string message;
  };
  // Beyond these, rejected events are only counted.
  static constexpr std::size_t kMaxListed = 100;
  static constexpr std::size_t kMaxMessageBytes = 300;

  std::uint64_t n_accepted = 0;
  std::uint64_t n_rejected = 0;
  std::vector<Rejected> rejected;  // the first ones
  std::optional<HttpError> error;  // why the body was not taken to its end
  std::string message;             // with `error`, for people

  // Counts one, and lists it if there is room.
  void reject(std::uint64_t index, std::string_view why);
  [[nodiscard]] std::string to_line() const;
  [[nodiscard]] static Result<IngestReport> parse(std::string_view line);
};

}  // namespace ringside
