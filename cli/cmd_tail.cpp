// ringside tail and dump: ring and segments read directly, so it works while the web server does not,
// and dump also while the worker does not. One Record at a time; nothing is kept.
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <deque>
#include <memory>

#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/event_format.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_dir_hint.hpp"
#include "cli/selection.hpp"
#include "cli/selection_hints.hpp"
#include "cli/terminal.hpp"
#include "core/base/heartbeat.hpp"
#include "core/base/text.hpp"
#include "core/event/since.hpp"
#include "core/policy/subscription.hpp"
#include "core/ring/reader.hpp"
#include "core/segments/history.hpp"

namespace ringside::cli {
namespace {

constexpr std::chrono::milliseconds kPollInterval{
    500};  // how often a quiet ring is asked whether it was replaced

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

struct TailOptions {
  Selection selection;
  std::string since;
  std::string until;
  unsigned n_last = 0;
  std::string output = "text";
  std::string time = "clock";
  bool follow = true;
  bool rejected = false;
  bool whole = false;  // dump

  [[nodiscard]] bool json() const { return output == "json"; }
};

class Tail {
 public:
  Tail(std::string path, const TailOptions& options, Subscription subscription)
      : path_(std::move(path)), options_(options), subscription_(std::move(subscription)) {}

  int run() {
    if (const Status attached = attach(); !attached) {
      complain(attached.error().message + run_dir_hint(path_.substr(0, path_.rfind('/'))));
      return kFailed;
    }
    for (const std::string& doubt : selection_hints(*ring_, options_.selection)) {
      complain("tail: " + doubt);
    }
    if (const Status placed = place().and_then([this] { return place_end(); }); !placed) {
      complain("tail: " + placed.error().message);
      return kUsage;
    }
    std::uint32_t seen = ring_->wake_word();
    for (;;) {
      if (!print_all()) {
        return kFailed;
      }
      if (!options_.follow || !options_.until.empty() || g_interrupted.load()) {
        return flush_last() ? kOk : kFailed;
      }
      if (!flush_last()) {
        return kFailed;
      }
      seen = ring_->wait(seen, kPollInterval);
      follow_replacement(seen);
    }
  }

 private:
  Status attach() {
    auto ring = RingReader::attach(path_);
    if (!ring) {
      return tl::unexpected(ring.error());
    }
    ring_ = std::move(*ring);
    follow_history();
    return {};
  }

  void follow_history() {
    std::unique_ptr<SegmentReader> segments;
    if (!options_.rejected) {
      if (auto opened = SegmentReader::open(path_.substr(0, path_.rfind('/')) + "/history")) {
        segments = std::move(*opened);
      }
    }
    history_ = std::make_unique<History>(*ring_, std::move(segments));
  }

  // Where to begin. With -n everything is read and the last N that match are kept until the head is
  // reached.
  Status place() {
    at_ = {ring_->cursor_after_head().seq, {}, {}};
    if (options_.whole || (!options_.until.empty() && options_.n_last == 0)) {
      at_ = history_->seek_seq(history_->oldest()).cursor;
    } else if (options_.n_last != 0) {
      at_ = {ring_->cursor_at_tail().seq, {}, {}};
    }
    keep_ = options_.n_last;
    if (options_.since.empty()) {
      return {};
    }
    const Result<History::Place> place = find("--since", options_.since, true);
    if (!place) {
      return tl::unexpected<Error>(place.error());
    }
    at_ = place->cursor;
    report_missed(place->missed);
    return {};
  }

  Status place_end() {
    if (options_.until.empty()) {
      return {};
    }
    const Result<History::Place> place = find("--until", options_.until, false);
    if (!place) {
      return tl::unexpected<Error>(place.error());
    }
    end_ = place->cursor.seq;
    return {};
  }

  // The event that an option names; with `after`, the one after an id.
  Result<History::Place> find(const char* option, const std::string& text, bool after) {
    if (const auto id = parse_event_id(text)) {
      const std::optional<Seq> seq = ring_->lineage().resolve(*id);
      if (!seq) {
        complain("the history has no event " + text + ": all of its events are newer");
        return history_->seek_seq(ring_->lineage().end_of(id->epoch).value_or(Seq{0}).next());
      }
      return history_->seek_seq(after ? seq->next() : *seq);
    }
    if (const auto time = time_of_since(text, system_clock().wall_now())) {
      return history_->seek_time(*time);
    }
    if (const auto ago = parse_duration(text.starts_with('-') ? text.substr(1) : text)) {
      return history_->seek_time(system_clock().wall_now() - *ago);
    }
    return fail(
        fmt::format("{} must be a time (2026-01-31T10:00:00Z), an event's id or a span such "
                    "as 10m, is \"{}\"",
                    option, text));
  }

  void report_missed(std::uint64_t missed) const {
    if (missed != 0) {
      complain(fmt::format("{} events were overwritten before they could be read",
                           describe_count(missed)));
    }
  }

  bool print_all() {
    for (;;) {
      if (at_.seq >= end_) {
        return true;
      }
      const ReadResult got = history_->read_next(at_, record_);
      if (got.outcome == ReadOutcome::kEmpty || g_interrupted.load()) {
        return true;
      }
      if (got.outcome != ReadOutcome::kRecord) {
        report_missed(got.missed);
      } else if (!print_one()) {
        return false;
      }
    }
  }

  bool print_one() {
    EventView event{static_cast<EventType>(record_.type_code),
                    record_.name(),
                    record_.received,
                    record_.text(),
                    {}};
    Json parsed;
    if (!options_.json() || subscription_.needs_json()) {
      if (auto json = Json::parse(record_.text())) {
        parsed = std::move(*json);
        event.root = parsed.ref();
      }
    }
    if (!subscription_.wants_type(event.type, event.name) || !subscription_.wants(event)) {
      return true;
    }
    std::string line = options_.json() ? json_line(event.text) : format_event(event, style());
    if (keep_ == 0) {
      return print(line);
    }
    last_.push_back(std::move(line));
    if (last_.size() > keep_) {
      last_.pop_front();
    }
    return true;
  }

  [[nodiscard]] EventStyle style() const {
    return {.time = time_format_named(options_.time).value_or(TimeFormat::kClock),
            .is_long = options_.output == "long",
            .now = system_clock().wall_now()};
  }

  // A terminal obeys control characters that JSON may contain as they are.
  [[nodiscard]] std::string json_line(std::string_view text) const {
    return (is_terminal_ ? escape_json_controls(text) : std::string(text)) + "\n";
  }

  // The head is reached: what -n asked for is known.
  bool flush_last() {
    keep_ = 0;
    for (const std::string& line : last_) {
      if (!print(line)) {
        return false;
      }
    }
    last_.clear();
    return true;
  }

  // A worker that starts with another ring size, or a run directory made again, leaves us on a file
  // that nobody writes.
  void follow_replacement(std::uint32_t& seen) {
    const RingState state = ring_->state();
    if (!state.superseded && heartbeat_age(state, system_clock()) < kHeartbeatStale) {
      return;
    }
    auto fresh = RingReader::attach(path_);
    if (!fresh || (*fresh)->reads_the_file_of(*ring_)) {
      return;
    }
    (void)print_all();
    const bool continues =
        (*fresh)->lineage().resolve({ring_->epoch(), Seq{at_.seq.value - 1}}).has_value();
    if ((*fresh)->epoch() != ring_->epoch()) {
      complain("the ring was replaced; its new epoch is " + format_epoch((*fresh)->epoch()));
    }
    ring_ = std::move(*fresh);
    follow_history();
    at_ = {continues ? at_.seq : ring_->cursor_at_tail().seq, {}, {}};
    seen = ring_->wake_word();
  }

  std::string path_;
  const TailOptions& options_;
  bool is_terminal_ = ::isatty(STDOUT_FILENO) == 1;
  Subscription subscription_;
  std::unique_ptr<RingReader> ring_;
  std::unique_ptr<History> history_;  // refers to ring_
  HistoryCursor at_;
  Seq end_{~std::uint64_t{0}};  // exclusive
  Record record_;
  std::size_t keep_ = 0;
  std::deque<std::string> last_;
};

int tail(const Globals& globals, const TailOptions& options) {
  auto subscription = subscription_of(options.selection);
  if (!subscription) {
    complain("tail: " + subscription.error().message);
    return kUsage;
  }
  std::signal(SIGINT, [](int) { g_interrupted.store(true); });
  std::signal(SIGTERM, [](int) { g_interrupted.store(true); });
  return Tail(globals.run_dir + (options.rejected ? "/rejected" : "/ring"), options,
              std::move(*subscription))
      .run();
}

// Where to begin and where to stop, and of which ring.
void add_place(CLI::App& command, TailOptions& options) {
  command.add_option("--since", options.since,
                     "from a time, an event's id, or this long ago (10m)");
  command.add_option("--until", options.until,
                     "up to a time, an event's id, or this long ago (10m)");
  command.add_flag("--rejected", options.rejected,
                   "events that the worker refused, with the reason");
}

}  // namespace

void add_tail(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<TailOptions>();
  CLI::App* command =
      app.add_subcommand("tail", "watch events as they arrive, directly from the ring");
  add_place(*command, *options);
  add_selection(*command, options->selection);
  command->add_option("-n", options->n_last, "begin with the last N matching events");
  command
      ->add_option("--output", options->output,
                   "text: a line for each event; long: with ids, and all lines of a text; json")
      ->check(CLI::IsMember({"text", "long", "json"}))
      ->capture_default_str();
  command->add_flag_callback(
      "--json", [options] { options->output = "json"; }, "the same as --output json");
  command
      ->add_option("--time", options->time,
                   "how times are written: clock (UTC, with the date when it is not today), utc, "
                   "local, unix")
      ->check(
          CLI::IsMember(std::vector<std::string>(std::begin(kTimeFormats), std::end(kTimeFormats))))
      ->capture_default_str();
  command->add_flag("-f,--follow", options->follow,
                    "continue with new events, which is the default");
  command->add_flag_callback(
      "--no-follow", [options] { options->follow = false; }, "stop at the newest event");
  command->footer(
      "Examples:\n"
      "  ringside tail --events task,log --level warn\n"
      "  ringside tail --since 10m --filter status=Failed,Cancelled\n"
      "  ringside tail --since 2h --until 1h --output long --time local\n"
      "  ringside tail -n 20 --json --no-follow | jq .data");
  command->callback(
      [&run, &globals, options] { run = [&globals, options] { return tail(globals, *options); }; });

  auto dump_options = std::make_shared<TailOptions>();
  CLI::App* dump =
      app.add_subcommand("dump", "all events that are kept, in memory and on disk, as JSON lines");
  add_place(*dump, *dump_options);
  add_selection(*dump, dump_options->selection);
  dump->footer(
      "Example:\n"
      "  ringside dump --since 2026-01-31T00:00:00Z --until 2026-02-01T00:00:00Z > day.jsonl");
  dump->callback([&run, &globals, dump_options] {
    dump_options->output = "json";
    dump_options->follow = false;
    dump_options->whole = true;
    run = [&globals, dump_options] { return tail(globals, *dump_options); };
  });
}

}  // namespace ringside::cli
