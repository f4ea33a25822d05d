// The report may come before the body has ended: then the worker has found it broken, and the rest is of no use.
#include "module/ingest_request.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/base/random.hpp"
#include "core/ring/reader.hpp"

namespace ringside {
namespace {

constexpr std::chrono::milliseconds kLook{500};  // between two looks at the deadlines

}  // namespace

Result<UniqueFd> IngestRequest::connect(const std::string& run_dir) {
  const std::string path = run_dir + '/' + std::string(kIngestSocket);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail("the path of " + path + " is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid() ||
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(path);
  }
  return fd;
}

IngestRequest::IngestRequest(Vhost& vhost, IngestAdmission admission, UniqueFd worker, Host host)
    : Attendee(false),
      vhost_(vhost),
      hub_(vhost.hub()),
      admission_(std::move(admission)),
      connection_quota_(hub_, UserQuota::Kind::kConnections,
                        vhost.options().limit_connections_per_user),
      host_(std::move(host)),
      worker_(std::move(worker)),
      id_(random_number()),
      user_key_(hub_.control() != nullptr ? hub_.control()->cut_key_of(admission_.identity.user)
                                          : 0),
      since_(hub_.clock().wall_now()),
      began_(hub_.clock().mono_now()),
      last_byte_(began_),
      last_progress_(began_) {
  hub_.add(*this);
  hub_.count(Counter::kIngestOpen);
  if (admission_.is_chunked) {
    chunks_.emplace();
  }
  if (!connection_quota_.acquire(admission_.identity.user)) {
    fail_with(HttpError::kTooManyConnections, "this user has as many connections as allowed");
    return;
  }
  outbox_ = IngestHello{admission_.kind, admission_.form, admission_.is_gzip,
                        admission_.identity.user, admission_.key}
                .to_line();
  flush();
}

IngestRequest::~IngestRequest() {
  hub_.uncount(Counter::kIngestOpen);
  if (!answer_) {
    hub_.count(Counter::kIngestBrokenOff);
  }
  hub_.remove(*this);
}

void IngestRequest::on_body(std::string_view bytes) {
  if (answer_ || is_body_complete_) {
    return;
  }
  last_byte_ = hub_.clock().mono_now();
  n_bytes_ += bytes.size();
  hub_.count(Counter::kIngestBytes, bytes.size());
  if (!chunks_) {
    send(bytes);
    return;
  }
  std::string body;
  const auto state = chunks_->feed(bytes, [&](std::string_view data) { body += data; });
  if (state == ChunkedBody::State::kBroken) {
    fail_with(HttpError::kBadBody, "the chunks of the body are broken");
    return;
  }
  send(body);
  if (state == ChunkedBody::State::kDone) {
    end_body();
  }
}

void IngestRequest::on_body_end() {
  if (!answer_ && !chunks_) {
    end_body();
  }
}

void IngestRequest::end_body() {
  is_body_complete_ = true;
  const auto end = ingest_frame_head(0);
  outbox_.append(end.data(), end.size());
  flush();
}

void IngestRequest::send(std::string_view body) {
  if (body.empty()) {
    return;
  }
  const auto head = ingest_frame_head(static_cast<std::uint32_t>(body.size()));
  outbox_.append(head.data(), head.size());
  outbox_ += body;
  flush();
}

void IngestRequest::flush() {
  while (is_blocked()) {
    const ssize_t n = ::send(worker_.get(), outbox_.data() + n_sent_, outbox_.size() - n_sent_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      n_sent_ += static_cast<std::size_t>(n);
      last_progress_ = hub_.clock().mono_now();
    } else if (errno != EINTR) {
      break;  // EPIPE, too: its report, or its end, is there to be read
    }
  }
  if (!is_blocked()) {
    outbox_.clear();
    n_sent_ = 0;
  } else {
    host_.want_worker_writable();
  }
  const bool reads = !is_blocked() && !is_body_complete_;
  if (reads != reads_client_) {
    reads_client_ = reads;
    last_byte_ = hub_.clock().mono_now();
    host_.read_client(reads);
  }
}

void IngestRequest::on_worker_writable() {
  if (!answer_) {
    flush();
  }
}

void IngestRequest::on_worker_readable() {
  std::array<char, 16384> buffer;
  while (!answer_) {
    const ssize_t n = ::recv(worker_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno == EAGAIN) {
      return;
    }
    if (n <= 0) {
      fail_with(HttpError::kWorkerAway,
                "the worker went away while it took the events; repeat the request with the same "
                "Idempotency-Key");
      return;
    }
    inbox_.append(buffer.data(), static_cast<std::size_t>(n));
    if (const std::size_t end = inbox_.find('\n'); end != std::string::npos) {
      on_report(std::string_view(inbox_).substr(0, end));
    } else if (inbox_.size() > kMaxIngestReportBytes) {
      fail_with(HttpError::kWorkerAway, "the worker's report is too long");
    }
  }
}

void IngestRequest::on_report(std::string_view line) {
  const auto report = IngestReport::parse(line);
  if (!report) {
    fail_with(HttpError::kWorkerAway, report.error().message);
    return;
  }
  hub_.count(report->error ? Counter::kIngestRefused : Counter::kIngestRequests);
  finish(answer_of(admission_.kind, admission_.form, *report));
}

void IngestRequest::fail_with(HttpError error, std::string message) {
  if (answer_) {
    return;
  }
  hub_.count(Counter::kIngestRefused);
  finish(answer_of(admission_.kind, admission_.form, Refusal{error, std::move(message), {}}));
}

void IngestRequest::finish(IngestAnswer answer) {
  answer_ = std::move(answer);
  ::shutdown(worker_.get(), SHUT_RDWR);
  outbox_ = std::string();
  inbox_ = std::string();
  n_sent_ = 0;
  connection_quota_.release();
  admission_.place.reset();
  listing_.reset();
  host_.on_answered();
}

bool IngestRequest::is_worker_silent() const {
  return hub_.attached() &&
         heartbeat_age(hub_.ring().state(), hub_.clock()) > vhost_.options().worker_timeout;
}

MonoTime IngestRequest::on_due(MonoTime now) {
  if (answer_) {
    return MonoTime::max();
  }
  const PluginOptions& options = vhost_.options();
  const auto& expires = admission_.identity.expires;
  if (hub_.is_cut(id_, user_key_)) {
    hub_.count(Counter::kConnectionsCut);
    fail_with(HttpError::kForbidden, "an administrator has ended this connection");
  } else if (ends_at_ && now >= *ends_at_) {
    fail_with(HttpError::kDraining,
              "this process is closing its connections; repeat the request with the same "
              "Idempotency-Key");
  } else if (!is_body_complete_ && expires &&
             hub_.clock().wall_now() >= *expires + options.leeway) {
    fail_with(HttpError::kUnauthenticated, "the token has expired");
  } else if (reads_client_ && now - last_byte_ >= options.ingest_timeout) {
    fail_with(HttpError::kBodyTimeout,
              fmt::format("no byte of the body came for {} ms", options.ingest_timeout.count()));
  } else if (!reads_client_ && (now - last_progress_ >= kWorkerPatience || is_worker_silent())) {
    fail_with(HttpError::kWorkerAway,
              "the worker does not answer; repeat the request with the same Idempotency-Key");
  }
  if (answer_) {
    return MonoTime::max();
  }
  list(now);
  return now + kLook;
}

// Most requests are over at once, and would only make the list flicker.
void IngestRequest::list(MonoTime now) {
  const ConnectionNumbers numbers{0, 0, n_bytes_, 0, 0};
  if (listing_) {
    listing_->refresh(numbers);
  } else if (now - began_ >= kListedAfter) {
    ConnectionInfo info;
    info.id = id_;
    info.user = admission_.identity.user;
    info.roles = fmt::format("{}", fmt::join(admission_.identity.roles, ", "));
    info.address = admission_.address;
    info.endpoint =
        static_cast<std::uint8_t>(kListedIngest + static_cast<unsigned>(admission_.kind));
    info.transport = kListedRequest;
    info.since = since_;
    info.numbers = numbers;
    listing_.emplace(hub_).enter(info);
  }
}

void IngestRequest::on_revocations() {
  const Identity& who = admission_.identity;
  if (hub_.control()->is_revoked(who.user, who.token_id, who.issued)) {
    fail_with(HttpError::kUnauthenticated, "the token was revoked");
  }
}

void IngestRequest::close_at(MonoTime when, CloseCode /*code*/) {
  ends_at_ = when;
  hub_.touch(*this);
}

}  // namespace ringside
