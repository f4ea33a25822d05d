// The web server is trusted with one thing, to say whose events these are. Everything else in the stream is the client's.
#include "worker/ingest/ingest_connection.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

#include "core/shm/hash.hpp"

namespace ringside {
namespace {

// Of a body at a time, as it came or inflated. Small, because it may be five hundred events that are refused.
constexpr std::size_t kPieceBytes = 1024;
// What does not grow with the bytes, as so many of them: an event that is parsed, whether it is refused or not, and a step of
// inflating.
constexpr std::size_t kParsedCost = 1024;
constexpr std::size_t kStepCost = 256;
constexpr std::size_t kMaxAnswerBytes = kMaxIngestReportBytes;

[[nodiscard]] std::uint64_t mixed(std::uint64_t hash, std::uint64_t next) noexcept {
  const std::array<std::uint64_t, 2> both{hash, next};
  return hash64(both.data(), sizeof both);
}

}  // namespace

IngestConnection::IngestConnection(UniqueFd fd, Pipeline& pipeline, IdempotencyKeys& keys,
                                   IngestShared& shared, std::function<void()> wants_turn)
    : fd_(std::move(fd)),
      pipeline_(pipeline),
      keys_(keys),
      shared_(shared),
      wants_turn_(std::move(wants_turn)) {}

IngestConnection::State IngestConnection::on_ready(FdEvents events, std::span<char> buffer) {
  if (has_answered_ && !events.broken) {
    answer();
    return after_work();
  }
  if (events.broken) {
    return State::kDone;
  }
  if (events.readable && !has_work() && !is_complete_) {
    const State state = read(buffer);
    if (state == State::kDone) {
      return state;
    }
  }
  return on_turn();
}

IngestConnection::State IngestConnection::read(std::span<char> buffer) {
  const std::span<char> part = buffer.first(std::min(buffer.size(), kReadBytes));
  const ssize_t n = ::recv(fd_.get(), part.data(), part.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
    return State::kOpen;
  }
  if (n <= 0) {
    return State::kDone;  // the request was broken off
  }
  inbox_.erase(0, in_);
  in_ = 0;
  inbox_.append(part.data(), static_cast<std::size_t>(n));
  return State::kOpen;
}

bool IngestConnection::has_work() const noexcept {
  return !is_complete_ && hello_ && opening_ == nullptr &&
         (in_ < inbox_.size() || has_output_ || reader_.has_value());
}

IngestConnection::State IngestConnection::on_turn() {
  if (!is_complete_ && (hello_ || take_hello())) {
    work();
    remember();
  }
  if (is_complete_ && !has_answered_) {
    window_.note(n_events_, pipeline_.last_ticket());
    (void)window_.acknowledged(pipeline_.stored_up_to());
    if (!window_.is_waiting()) {
      answer();
    }
  }
  return after_work();
}

IngestConnection::State IngestConnection::on_stored() {
  (void)window_.acknowledged(pipeline_.stored_up_to());
  if (!window_.is_waiting() && !has_answered_) {
    answer();
  }
  return after_work();
}

IngestConnection::State IngestConnection::after_work() {
  if (has_answered_ && unsent_.empty()) {
    return State::kDone;
  }
  if (watch_ != nullptr) {
    watch_->wait_for(!has_work() && !is_complete_ && opening_ == nullptr, !unsent_.empty());
  }
  return has_work() ? State::kBusy : State::kOpen;
}

bool IngestConnection::take_hello() {
  const std::size_t end = inbox_.find('\n');
  if (end == std::string::npos) {
    if (inbox_.size() > kMaxIngestHelloBytes) {
      fail(HttpError::kBadRequest, "the hello of the web server is too long");
    }
    return false;
  }
  auto hello = IngestHello::parse(std::string_view(inbox_).substr(0, end));
  if (!hello) {
    fail(HttpError::kNotReady, hello.error().message);
    return false;
  }
  in_ = end + 1;
  begin(std::move(*hello));
  return !is_complete_;
}

void IngestConnection::begin(IngestHello hello) {
  hello_ = std::move(hello);
  if (hello_->is_gzip) {
    gunzip_ = std::make_unique<Gunzip>();
  }
  if (hello_->kind == IngestKind::kEvents) {
    splitter_.emplace(hello_->form, pipeline_.limits().max_event_bytes,
                      EventSplitter::Callbacks{[this](std::string_view text) { on_event(text); },
                                               [this] { on_too_long(); }});
  }
  if (!hello_->key.empty()) {
    claim_ = keys_.claim(hello_->kind, hello_->user, hello_->key);
    if (claim_ == nullptr) {
      fail(HttpError::kKeyInUse, "another request with this Idempotency-Key is being taken");
      return;
    }
    report_ = claim_->before().report;
  }
}

void IngestConnection::work() {
  pipeline_.begin_burst();
  for (std::size_t spent = 0; spent < kTurnBytes && !is_complete_ && opening_ == nullptr;) {
    const std::uint64_t n_parsed = pipeline_.ways().n_with_care;
    if (reader_) {
      spent += take_record();
    } else if (has_output_) {
      spent += inflate();
    } else if (in_ < inbox_.size()) {
      spent += take_input();
    } else {
      break;
    }
    spent += kParsedCost * static_cast<std::size_t>(pipeline_.ways().n_with_care - n_parsed);
  }
}

std::size_t IngestConnection::take_input() {
  const std::string_view part = std::string_view(inbox_).substr(in_, kPieceBytes);
  std::string_view bytes = part;
  const std::string_view piece = frames_.next(bytes);
  in_ += part.size() - bytes.size();
  if (!piece.empty()) {
    return take_piece(piece);
  }
  if (frames_.at_end()) {
    finish_body();
  }
  return 0;
}

std::size_t IngestConnection::take_piece(std::string_view piece) {
  if (gunzip_ != nullptr) {
    gunzip_->add(piece);
    has_output_ = true;
    return 0;
  }
  take_text(piece);
  return piece.size();
}

std::size_t IngestConnection::inflate() {
  std::array<char, kPieceBytes> out;
  std::size_t n_out = 0;
  const Gunzip::State state = gunzip_->step(out, n_out);
  has_output_ = state == Gunzip::State::kHasOutput;
  take_text({out.data(), n_out});
  if (state == Gunzip::State::kBroken && !is_complete_) {
    fail(HttpError::kBadBody, gunzip_->error());
  }
  return n_out + kStepCost;
}

void IngestConnection::take_text(std::string_view text) {
  if (is_complete_) {
    return;
  }
  if (!splitter_) {
    collect(text);
  } else if (!splitter_->feed(text) && !is_complete_) {
    fail(HttpError::kBadBody, splitter_->error());
  }
}

void IngestConnection::finish_body() {
  if (gunzip_ != nullptr && !gunzip_->is_complete()) {
    fail(HttpError::kBadBody, "the gzip data ends too early");
    return;
  }
  if (!splitter_) {
    open_message();
    return;
  }
  if (!splitter_->finish() && !is_complete_) {
    fail(HttpError::kBadBody, splitter_->error());
  }
  finish_events();
}

void IngestConnection::finish_events() {
  if (claim_ != nullptr && !is_complete_ && n_events_ < claim_->before().n_events) {
    fail(HttpError::kKeyReused, "this Idempotency-Key came before with a longer body");
  }
  is_complete_ = true;
}

bool IngestConnection::is_repeated(std::uint64_t hash_of_event) {
  ++n_events_;
  hash_ = mixed(hash_, hash_of_event);
  if (claim_ == nullptr || n_events_ > claim_->before().n_events) {
    return false;
  }
  if (n_events_ == claim_->before().n_events && hash_ != claim_->before().hash) {
    fail(HttpError::kKeyReused, "this Idempotency-Key came before with another body");
  }
  return true;
}

void IngestConnection::on_event(std::string_view text) {
  if (is_complete_ || is_repeated(hash64(text))) {
    return;
  }
  if (const auto refused = pipeline_.accept(text, origin())) {
    report_.reject(n_events_ - 1, refused->message);
  } else {
    ++report_.n_accepted;
  }
}

void IngestConnection::on_too_long() {
  on_rejected(fmt::format("is longer than {} bytes", pipeline_.limits().max_event_bytes));
}

void IngestConnection::on_rejected(std::string_view why) {
  if (is_complete_ || is_repeated(0)) {
    return;
  }
  const Rejection refused{std::string(why), ""};
  pipeline_.reject(refused, "", origin());
  report_.reject(n_events_ - 1, refused.message);
}

void IngestConnection::fail(HttpError error, std::string message) {
  if (error == HttpError::kKeyReused) {
    report_ = {};  // of the other body
    claim_.reset();
  }
  report_.error = error;
  report_.message = std::move(message);
  is_complete_ = true;
}

void IngestConnection::refuse(HttpError error, std::string message) {
  fail(error, std::move(message));
  answer();
}

// Of a repetition only what goes beyond the first attempt is new.
void IngestConnection::remember() {
  if (claim_ != nullptr && n_events_ > claim_->before().n_events) {
    IngestReport report = report_;
    report.error.reset();
    report.message.clear();
    claim_->note({n_events_, hash_, std::move(report)});
  }
}

void IngestConnection::answer() {
  if (!std::exchange(has_answered_, true)) {
    unsent_ = report_.to_line();
    claim_.reset();  // before the client can know, so that a repetition finds it free
    if (unsent_.size() > kMaxAnswerBytes) {
      report_.rejected.clear();
      unsent_ = report_.to_line();
    }
  }
  const ssize_t n = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) {
    unsent_.erase(0, static_cast<std::size_t>(n));
  } else if (errno != EAGAIN && errno != EINTR) {
    unsent_.clear();  // nobody is there to read it
  }
}

EventOrigin IngestConnection::origin() const noexcept {
  return {.source = "http",
          .line = n_events_,
          .stream = std::hash<std::string_view>()(hello_->user) | 1U,
          .producer = hello_->user};
}

}  // namespace ringside
