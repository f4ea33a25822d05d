// A flood of lines must not take the processor from the command that prints it, neither here nor in
// the worker. Nobody can read twenty thousand lines a second; what is above that waits, and what
// does not fit is dropped, the oldest first. The log is a sample then, and a small one says as much
// as a large one, which would take a tenth of the processor from the command.
#include "cli/run/run_reporter.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

namespace ringside::cli {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kSlice = 500;             // lines
constexpr std::size_t kMostCommandEvents = 64;  // in one turn
constexpr milliseconds kProgressEvery{500};
constexpr milliseconds kPauseOfLines{20};
constexpr milliseconds kInsideFirst{2000};  // runs inside say first what they have logged
constexpr milliseconds kRetry{100};
constexpr milliseconds kDropping{200};   // since lines were dropped
constexpr double kMostSamples = 100;     // at once
constexpr std::size_t kFewLines = 5000;  // always sent at the end
constexpr milliseconds kSilence{250};    // of a worker that is there
constexpr milliseconds kAbsence{1000};   // of one that was

// How long the end of a run may wait for a worker that is at work: a twentieth of the run.
milliseconds share_of(std::chrono::duration<double> run) {
  return std::clamp(std::chrono::duration_cast<milliseconds>(run / 20), kAbsence, 5 * kAbsence);
}

}  // namespace

RunReporter::RunReporter(RunIdentity identity, Options options, OutputQueue& queue,
                         std::optional<RunSocket> socket)
    : events_(std::move(identity)),
      relay_(std::move(options.events_socket), std::move(options.tell)),
      finder_(std::move(options.progress)),
      queue_(queue),
      socket_(std::move(socket)),
      outer_socket_(std::move(options.outer_socket)),
      passes_outer_(options.passes_outer) {}

void RunReporter::started() {
  if (!outer_socket_.empty()) {
    static_cast<void>(RunSocket::send(outer_socket_, SaidLines::message_of_begin()));
  }
  relay_.set_will(events_.will());
  static_cast<void>(relay_.connect());
  relay_.send(events_.started(system_clock().wall_now()));
  if (events_.identity().begins_workflow) {
    say_workflow("Running", {});
  }
}

void RunReporter::turn() {
  take_events_of_commands();
  refill();
  take_lines(allowed_ > 0 ? static_cast<std::size_t>(allowed_) : 0);
  if (progress_is_new_ && Clock::now() - progress_said_ >= kProgressEvery) {
    say_progress();
  }
  relay_.turn();
}

int RunReporter::next_turn_ms() const {
  milliseconds next = milliseconds::max();
  if (relay_.waiting()) {
    next = std::min(next, kRetry);
  }
  if (progress_is_new_) {
    next = std::min(next, kProgressEvery);
  }
  const bool has_room = relay_.n_bytes() < kMostWaitingBytes;
  if (has_room && (current_ != nullptr || !queue_.is_empty())) {
    const bool is_free = allowed_ >= kSlice && !said_.is_active();
    next = std::min(next, is_free ? milliseconds(0) : kPauseOfLines);
  }
  return next == milliseconds::max() ? -1 : static_cast<int>(next.count());
}

void RunReporter::refill() {
  const auto now = Clock::now();
  const std::chrono::duration<double> passed = now - refilled_;
  refilled_ = now;
  if (const std::uint64_t n_dropped = queue_.n_dropped(); n_dropped != n_dropped_seen_) {
    n_dropped_seen_ = n_dropped;
    drops_until_ = now + kDropping;
  }
  const bool drops = drops_lines();
  allowed_ += passed.count() * static_cast<double>(drops ? kSamplesPerSecond : kLinesPerSecond);
  allowed_ = std::min<double>(allowed_, drops ? kMostSamples : kMostAtOnce);
}

// --- what commands inside say

void RunReporter::take_events_of_commands() {
  for (std::size_t i = 0; socket_ && i < kMostCommandEvents; ++i) {
    const auto event = socket_->receive();
    if (!event) {
      return;
    }
    if (!said_.take_message(*event, Clock::now()) && event->starts_with('{')) {
      note_step(*event);
      send_event(*event);
    }
  }
}

// The run that began the workflow knows its steps, so it gets them.
void RunReporter::send_event(const std::string& event) {
  if (outer_socket_.empty() || events_.identity().begins_workflow ||
      !RunSocket::send(outer_socket_, event)) {
    relay_.send(event);
  }
}

// So that the end of the workflow says how far it had come.
void RunReporter::note_step(std::string_view event) {
  if (event.find("WorkflowProgressUpdate") == std::string_view::npos) {
    return;
  }
  const auto parsed = Json::parse(event);
  const JsonRef data = parsed ? (*parsed)["data"] : JsonRef();
  if (data["workflow_id"].as_string() != events_.identity().workflow_id) {
    return;
  }
  step_.total = data["total_steps"].as_integer().value_or(0);
  step_.completed = data["completed_steps"].as_integer().value_or(0);
  step_.current = data["current_step"].as_string().value_or("");
  progress_ = percent_of_steps(step_.completed, step_.total);
}

// --- lines

void RunReporter::take_lines(std::size_t most) {
  while (most > 0 && relay_.n_bytes() < kMostWaitingBytes) {
    if (current_ == nullptr) {
      current_ = queue_.pop();
      if (current_ == nullptr) {
        return;
      }
      for (std::size_t i = 0; i < kOutputStreams; ++i) {
        if (current_->gaps[i].lost) {
          lines_[i].skip(current_->gaps[i].ended_with_newline);
        }
      }
    }
    take_events_of_commands();  // a run inside says that it begins before it writes
    if (is_too_early(*current_)) {
      return;
    }
    const std::size_t n = take_piece(*current_, std::min(most, kSlice));
    most -= std::min(n, most);
    allowed_ -= static_cast<double>(n);
    send_batch();
    if (current_->begin == current_->end) {
      queue_.give_back(std::move(current_));
    }
  }
}

// Whether a run inside may still say that it has logged these lines.
bool RunReporter::is_too_early(const OutputBlock& block) const {
  const OutputBlock::Piece* const piece = block.next_piece();
  return !is_ending_ && piece != nullptr && said_.is_active() &&
         system_clock().wall_now() - piece->at < kInsideFirst;
}

void RunReporter::send_batch() {
  for (std::size_t at = 0; at < hashes_.size(); at += SaidLines::kInMessage) {
    static_cast<void>(RunSocket::send(outer_socket_, SaidLines::message_of_lines(hashes_, at)));
  }
  hashes_.clear();
  if (!batch_.empty()) {
    relay_.send(batch_);
    batch_.clear();
  }
}

// Takes what one piece has, as far as `most` lines. Returns how many lines that were.
std::size_t RunReporter::take_piece(OutputBlock& block, std::size_t most) {
  const OutputBlock::Piece* const piece = block.next_piece();
  if (piece == nullptr) {
    block.begin = block.end;
    return 0;
  }
  const std::uint64_t n_before = n_lines_;
  OutputLines& lines = lines_[static_cast<std::size_t>(piece->stream)];
  const std::string_view text(block.bytes.get() + block.begin, piece->end - block.begin);
  block.begin += lines.feed(text, most, [&](std::string_view line, std::size_t n_cut) {
    take_line(piece->stream, piece->at, line, n_cut);
  });
  note_progress(lines.shown());
  return static_cast<std::size_t>(n_lines_ - n_before);
}

void RunReporter::take_line(OutputStream stream, WallTime at, std::string_view text,
                            std::size_t n_cut) {
  ++n_lines_;
  const LineHash hash = hash_of_line(text, n_cut);
  if (passes_outer_[static_cast<std::size_t>(stream)]) {
    hashes_.push_back(hash);
  }
  if (said_.take(hash)) {
    return;
  }
  events_.append_line(batch_, stream, at, text, n_cut);
  note_progress(text);
}

void RunReporter::drop_current() {
  if (current_ == nullptr) {
    return;
  }
  n_unread_ += count_newlines(current_->text());
  while (const OutputBlock::Piece* const piece = current_->next_piece()) {
    current_->begin = piece->end;
    lines_[static_cast<std::size_t>(piece->stream)].skip(current_->bytes[piece->end - 1] == '\n');
  }
  queue_.give_back(std::move(current_));
}

// At the end: what waits, as far as the worker takes it.
void RunReporter::take_rest(milliseconds most) {
  const auto until = Clock::now() + most;
  while (current_ != nullptr || !queue_.is_empty()) {
    if (relay_.n_bytes() < kMostWaitingBytes) {
      take_lines(kSlice);
    } else if (relay_.fd() < 0 || relay_.silent_for() >= kSilence || Clock::now() >= until) {
      break;
    } else {
      pollfd ready{relay_.fd(), relay_.wanted(), 0};
      ::poll(&ready, 1, static_cast<int>(kPauseOfLines.count()));
    }
    relay_.turn();
  }
  if (current_ != nullptr || !queue_.is_empty()) {
    drop_current();
    queue_.drop_all();
    for (OutputLines& lines : lines_) {
      lines.skip(true);  // its newline is counted with what was dropped
    }
  }
  for (std::size_t i = 0; i < kOutputStreams; ++i) {
    lines_[i].finish([&](std::string_view line, std::size_t n_cut) {
      take_line(static_cast<OutputStream>(i), system_clock().wall_now(), line, n_cut);
    });
  }
  send_batch();
  if (!outer_socket_.empty()) {
    static_cast<void>(RunSocket::send(outer_socket_, SaidLines::message_of_end()));
  }
}

// --- progress

void RunReporter::note_progress(std::string_view text) {
  if (!finder_ || text.empty()) {
    return;
  }
  const auto percent = finder_->find(text);
  if (percent && percent != progress_ && step_.total == 0) {
    progress_ = percent;
    progress_is_new_ = true;
  }
}

void RunReporter::say_progress() {
  progress_is_new_ = false;
  progress_said_ = Clock::now();
  relay_.send(events_.progressed(progress_.value_or(0)));
  if (events_.identity().begins_workflow && step_.total == 0) {
    say_workflow("Running", {});
  }
}

void RunReporter::say_workflow(std::string_view status, const std::string& message) {
  relay_.send(events_.workflow(status, progress_, step_, message));
}

// --- the end

void RunReporter::ended(const RunEnd& end) {
  const double seconds = end.duration.count();
  is_ending_ = true;
  const auto n_of_its_time = static_cast<std::size_t>(seconds * kLinesPerSecond);
  if (drops_lines() && queue_.n_lines() >= kFewLines) {
    drop_current();  // it may have as many lines again, and older ones
  }
  queue_.keep_newest(drops_lines() ? kFewLines : std::max(kFewLines, n_of_its_time));
  take_events_of_commands();
  take_rest(share_of(end.duration));
  const std::uint64_t n_dropped = n_lines_dropped();
  if (n_dropped != 0) {
    std::string note;
    events_.append_note(note, "WARN",
                        fmt::format("{} lines of its output are not in the log: they came faster "
                                    "than they could be sent",
                                    n_dropped));
    relay_.send(note);
  }
  relay_.send(events_.ended(end, progress_, n_lines_, n_dropped));
  if (events_.identity().begins_workflow) {
    if (!end.failed()) {
      progress_ = 100;
      step_.completed = step_.total;
    }
    say_workflow(end.failed() ? "Failed" : "Completed", end.reason());
  }
  wait_for_worker(end.duration);
}

void RunReporter::left_over_ended() {
  take_rest(kAbsence);
  wait_for_worker(std::chrono::duration<double>(0));
}

void RunReporter::wait_for_worker(std::chrono::duration<double> duration) {
  if (!relay_.was_connected()) {
    static_cast<void>(relay_.finish(milliseconds(0)));
    return;
  }
  const milliseconds idle = relay_.fd() >= 0 ? kSilence : kAbsence;
  static_cast<void>(relay_.finish(
      {.idle = idle, .waited = std::min(relay_.silent_for(), idle), .total = share_of(duration)}));
}

std::uint64_t RunReporter::n_lines_dropped() const noexcept {
  std::uint64_t n = queue_.n_dropped() + n_unread_;
  for (const OutputLines& lines : lines_) {
    n += lines.n_incomplete();
  }
  return n;
}

}  // namespace ringside::cli
