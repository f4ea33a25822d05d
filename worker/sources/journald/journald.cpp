// libsystemd's journal is read on the loop: its files are mapped, and an entry costs microseconds.
// It gives a descriptor that says when to look; the poll next to it is for journals on file systems
// without inotify, and for a journal that is created after the worker has started.
#include "worker/sources/journald/journald.hpp"

#include <systemd/sd-journal.h>

#include <cstdlib>
#include <cstring>

#include "core/base/log.hpp"
#include "worker/sources/files/state_file.hpp"
#include "worker/sources/journald/journald_entry.hpp"

namespace ringside {

namespace {

constexpr std::chrono::milliseconds kPoll(1000);
constexpr unsigned kEntriesPerTurn = 200;
constexpr std::size_t kMaxFieldBytes = 64u << 10u;
constexpr std::size_t kMaxFields = 256;

std::string error_text(std::string_view what, int code) {
  return std::string(what) + ": " + std::strerror(-code);
}

}  // namespace

struct Journald::Journal {
  struct Close {
    void operator()(sd_journal* open) const noexcept { sd_journal_close(open); }
  };
  std::unique_ptr<sd_journal, Close> handle;
  std::unique_ptr<FdWatch> watch;  // closed before the handle, which owns the descriptor

  [[nodiscard]] JournalEntry read_entry() const {
    JournalEntry entry;
    std::uint64_t us = 0;
    if (sd_journal_get_realtime_usec(handle.get(), &us) >= 0) {
      entry.received = wall_from_seconds(static_cast<std::int64_t>(us / 1'000'000),
                                         static_cast<std::int64_t>(us % 1'000'000) * 1000)
                           .value_or(entry.received);
    }
    const void* bytes = nullptr;
    std::size_t n_bytes = 0;
    sd_journal_restart_data(handle.get());
    while (entry.fields.size() < kMaxFields &&
           sd_journal_enumerate_available_data(handle.get(), &bytes, &n_bytes) > 0) {
      const std::string_view field(static_cast<const char*>(bytes), n_bytes);
      const auto equals = field.find('=');
      if (equals != std::string_view::npos) {
        entry.fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
      }
    }
    return entry;
  }

  [[nodiscard]] std::string cursor() const {
    char* text = nullptr;
    if (sd_journal_get_cursor(handle.get(), &text) < 0) {
      return {};
    }
    std::string out(text);
    std::free(text);
    return out;
  }
};

bool Journald::open_journal() {
  sd_journal* handle = nullptr;
  const int code = directory_.empty() ? sd_journal_open(&handle, SD_JOURNAL_LOCAL_ONLY)
                                      : sd_journal_open_directory(&handle, directory_.c_str(), 0);
  auto journal = std::make_unique<Journal>();
  journal->handle.reset(code < 0 ? nullptr : handle);
  // One without any entry is no journal yet.
  if (code < 0 || sd_journal_seek_tail(handle) < 0 || sd_journal_previous(handle) <= 0) {
    if (code < 0 && code != -ENOENT) {
      report_error(error_text("cannot open the journal", code));
    }
    found_none_at_start_ = true;
    set_state("there is no readable journal on this machine; looking again");
    return false;
  }
  (void)sd_journal_set_data_threshold(handle, kMaxFieldBytes);
  const int fd = sd_journal_get_fd(handle);
  if (fd >= 0) {
    if (auto watch = FdWatch::make(context_.loop, fd, [this](FdEvents) { turn(); })) {
      journal->watch = std::move(*watch);
    }
  }
  journal_ = std::move(journal);
  go_to_start();
  set_state("following");
  return true;
}

// After this the next entry is the first one to send.
void Journald::go_to_start() {
  sd_journal* const handle = journal_->handle.get();
  if (!cursor_.empty() && sd_journal_seek_cursor(handle, cursor_.c_str()) >= 0 &&
      sd_journal_next(handle) > 0) {
    // Where the entry itself is gone, this one is the next after it, and not read yet.
    if (sd_journal_test_cursor(handle, cursor_.c_str()) <= 0 && sd_journal_previous(handle) <= 0) {
      (void)sd_journal_seek_head(handle);
    }
  } else if (found_none_at_start_) {
    (void)sd_journal_seek_realtime_usec(handle,
                                        static_cast<std::uint64_t>(to_ns(started_at_) / 1000));
  } else {
    (void)sd_journal_seek_tail(handle);
    (void)sd_journal_previous(handle);
  }
}

Status Journald::start() {
  started_at_ = context_.clock.wall_now();
  cursor_ = read_state_file(cursor_path_).value_or("");
  saved_cursor_ = cursor_;
  next_turn_ = std::make_unique<LoopTimer>(&context_.loop, [this] { turn(); });
  poll_ = std::make_unique<LoopTimer>(&context_.loop, [this] {
    turn();
    save_cursor();
  });
  poll_->start(kPoll, kPoll);
  if (!open_journal()) {
    log::info(
        "journald: there is no readable journal on this machine; looking again "
        "each second");
  }
  return {};
}

void Journald::stop() {
  journal_.reset();
  poll_.reset();
  next_turn_.reset();
  save_cursor();
  set_state("stopped");
}

void Journald::turn() {
  if (journal_ == nullptr && !open_journal()) {
    return;
  }
  sd_journal* const handle = journal_->handle.get();
  if (const int code = sd_journal_process(handle); code < 0) {
    report_error(error_text("cannot follow the journal", code));
  }
  unsigned n = 0;
  int code = 0;
  while (n < kEntriesPerTurn && (code = sd_journal_next(handle)) > 0) {
    ++n;
    ++n_entries_;
    const JournalEntry entry = journal_->read_entry();
    if (const auto line = parse_journal_entry(entry)) {
      emit(make_log_event(*line, entry.received, std::move(Json::object().set("source", name()))));
    } else {
      ++n_left_out_;
    }
  }
  if (code < 0) {
    report_error(error_text("cannot read the journal", code));
  }
  if (n != 0) {
    cursor_ = journal_->cursor();
  }
  if (n == kEntriesPerTurn) {
    next_turn_->start(kNextTurn);
  }
}

std::unique_ptr<BuiltinSource> JournaldOptions::make(const SourceContext& context,
                                                     JournaldOptions /*options*/) {
  return std::make_unique<Journald>(context);
}

Journald::Journald(const SourceContext& context, std::string directory)
    : BuiltinSource(context),
      directory_(std::move(directory)),
      cursor_path_(context.run_dir + "/journald.cursor") {}

Journald::~Journald() = default;

void Journald::save_cursor() {
  if (cursor_ == saved_cursor_) {
    return;
  }
  if (const auto written = write_state_file(cursor_path_, cursor_); !written) {
    report_error(written.error().message);
  } else {
    saved_cursor_ = cursor_;
  }
}

void Journald::add_details(Json& details) const {
  details.set("entries", n_entries_).set("left_out", n_left_out_);
}

}  // namespace ringside
