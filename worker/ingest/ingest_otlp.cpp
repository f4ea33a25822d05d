// The part of IngestConnection that is for OTLP messages. What is on the pool has no pointer into the connection but `owner`,
// which the loop's thread alone reads and clears.
#include <fmt/format.h>

#include <utility>

#include "worker/ingest/ingest_connection.hpp"
#include "worker/net/loop_handles.hpp"

namespace ringside {

struct IngestConnection::Opening {
  OtlpSignal signal = OtlpSignal::kLogs;
  OtlpEncoding encoding = OtlpEncoding::kJson;
  std::string message;
  std::optional<tl::expected<OtlpBody, OtlpBody::Error>> opened;
  IngestConnection* owner = nullptr;  // null: it is gone
};

IngestConnection::~IngestConnection() {
  shared_.otlp_bytes -= n_collected_;
  if (opening_ != nullptr) {
    opening_->owner = nullptr;
  }
}

void IngestConnection::collect(std::string_view text) {
  if (message_.size() + text.size() > shared_.max_otlp_bytes) {
    fail(HttpError::kBodyTooLarge,
         fmt::format("an OTLP message may have {} bytes, inflated (http.max_otlp); send smaller "
                     "batches",
                     shared_.max_otlp_bytes));
    return;
  }
  if (shared_.otlp_bytes + text.size() > shared_.max_otlp_bytes * IngestShared::kMaxMessages) {
    fail(HttpError::kOverloaded, "too many OTLP messages are being taken; try again");
    return;
  }
  shared_.otlp_bytes += text.size();
  n_collected_ += text.size();
  message_ += text;
}

void IngestConnection::open_message() {
  const auto opening = std::make_shared<Opening>();
  opening->signal =
      hello_->kind == IngestKind::kOtlpLogs ? OtlpSignal::kLogs : OtlpSignal::kMetrics;
  opening->encoding =
      hello_->form == BodyForm::kProtobuf ? OtlpEncoding::kProtobuf : OtlpEncoding::kJson;
  opening->message = std::move(message_);
  opening->owner = this;
  const bool is_started = run_on_pool(
      shared_.loop,
      [opening] {
        opening->opened =
            OtlpBody::open(opening->signal, opening->encoding, std::move(opening->message));
      },
      [opening] {
        IngestConnection* const owner = opening->owner;
        if (owner == nullptr) {
          return;
        }
        owner->opening_.reset();
        if (*opening->opened) {
          owner->reader_.emplace(std::move(**opening->opened));
        } else {
          const OtlpBody::Error& error = opening->opened->error();
          owner->fail(error.is_too_large ? HttpError::kBodyTooLarge : HttpError::kBadBody,
                      error.message);
        }
        owner->wants_turn_();
      });
  if (is_started) {
    opening_ = opening;
  } else {
    fail(HttpError::kOverloaded, "no thread can be started; try again");
  }
}

// Most of the cost of a record does not depend on its size.
std::size_t IngestConnection::take_record() {
  constexpr std::size_t kRecordCost = 4096;
  switch (reader_->next(text_)) {
    case OtlpReader::Next::kEvent:
      on_event(text_);
      break;
    case OtlpReader::Next::kRejected:
      on_rejected(text_);
      break;
    case OtlpReader::Next::kSkipped:
      break;
    case OtlpReader::Next::kEnd:
      finish_events();
      break;
  }
  return kRecordCost + text_.size();
}

}  // namespace ringside
