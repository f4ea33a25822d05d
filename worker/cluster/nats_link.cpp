// One thread makes all calls to libnats, since they wait: it connects, asks every second where the log ends (which also
// shows that the log answers), and does what the loop wants. After a loss of the connection, and when a server that is
// there cannot reach the others, it starts again with another server: libnats' own reconnecting is off, so that there is
// one way to start.
//
// Callbacks run on libnats' threads, perhaps after the connection was given up. So their closures share what they use, and
// live until the next connection but one.
#include "worker/cluster/nats_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/time.hpp"

namespace ringside::cluster {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLook{1000};  // between questions for the end of the log
constexpr milliseconds kIdle{100};   // the thread looks at shared values so often
constexpr milliseconds kConnectPause{500};
constexpr milliseconds kServerTime{2000};
constexpr std::int64_t kCallMs = 1000;
constexpr std::size_t kMaxCommands = 4096;
constexpr unsigned kInARow = 3;  // failures count from then on

[[nodiscard]] jsOptions call_options() {
  jsOptions options;
  jsOptions_Init(&options);
  options.Wait = kCallMs;
  return options;
}

}  // namespace

NatsLog::Link::Link(NatsOptions options, Mailbox<Report>::Slot out, std::shared_ptr<Unread> unread)
    : options_(std::move(options)), out_(std::move(out)), unread_(std::move(unread)) {
  thread_ = std::thread([this] { run(); });
}

NatsLog::Link::~Link() {
  unread_->end();
  {
    const std::lock_guard lock(signals_->mutex);
    signals_->stops = true;
    signals_->changed.notify_all();
  }
  thread_.join();
}

void NatsLog::Link::ask(Command command) {
  const std::lock_guard lock(signals_->mutex);
  if (signals_->commands.size() <
      kMaxCommands) {  // else the log is away, and what is dropped is asked for again
    signals_->commands.push_back(std::move(command));
    signals_->changed.notify_all();
  }
}

void NatsLog::Link::report(decltype(Report::what) what) const {
  out_.put({signals_->connection.load(), std::move(what)});
}

// Waits a little for commands; nothing when the link ends.
std::optional<std::vector<NatsLog::Link::Command>> NatsLog::Link::next_commands() {
  std::unique_lock lock(signals_->mutex);
  signals_->changed.wait_for(lock, kIdle, [this] {
    return signals_->stops || !signals_->commands.empty() ||
           signals_->closed_connection.load() == signals_->connection.load();
  });
  if (signals_->stops) {
    return std::nullopt;
  }
  std::vector<Command> out(std::make_move_iterator(signals_->commands.begin()),
                           std::make_move_iterator(signals_->commands.end()));
  signals_->commands.clear();
  return out;
}

void NatsLog::Link::run() {
  MonoTime next_connect{};
  while (auto commands = next_commands()) {
    if (connection_ != nullptr &&
        signals_->closed_connection.load() == signals_->connection.load()) {
      close("the connection to the log server was lost");
      next_connect = system_clock().mono_now();
    }
    if (connection_ == nullptr) {
      if (system_clock().mono_now() >= next_connect && !connect()) {
        next_connect = system_clock().mono_now() + kConnectPause;
      }
      continue;  // the commands were for the connection before
    }
    for (Command& command : *commands) {
      carry_out(command);
    }
    if (connection_ != nullptr && system_clock().mono_now() >= next_look_) {
      look_at_log();
    }
    if (connection_ != nullptr && system_clock().mono_now() >= next_values_) {
      next_values_ = system_clock().mono_now() + kIdle;
      read_values();
    }
  }
  close("");
}

// --- the connection

Status NatsLog::Link::look_at_server(const LogServerAddress& address, LogServer& server) {
  auto asked = ask_log_server(address, kServerTime);
  if (!asked) {
    return tl::unexpected(asked.error());
  }
  server = std::move(*asked);
  return check_log_server(server);
}

bool NatsLog::Link::connect() {
  ++signals_->connection;
  const std::string& url = options_.servers[next_server_++ % options_.servers.size()];
  const auto fail_with = [&](std::string why, bool refused) {
    if (why != last_why_) {
      log::warn("{}", why);
      last_why_ = why;
    }
    refused ? report(Report::Refused{std::move(why)}) : report(Report::Down{std::move(why)});
    return false;
  };
  const auto address = parse_log_server(url);
  if (!address) {
    return fail_with(address.error().message, true);
  }
  LogServer server;
  if (auto looked = look_at_server(*address, server); !looked) {
    return fail_with(looked.error().message, !server.version.empty());
  }
  auto options = nats::make_options(options_);
  if (!options) {
    return fail_with(options.error().message, true);
  }
  natsConnection* made = nullptr;
  (void)natsOptions_SetURL(options->get(), url.c_str());
  (void)natsOptions_SetClosedCB(options->get(), on_closed, make_closure());
  if (const natsStatus status = natsConnection_Connect(&made, options->get()); status != NATS_OK) {
    return fail_with(
        fmt::format("cannot connect to log server {}: {}", url, nats::error_text(status)), false);
  }
  connection_.reset(made);
  return open(server);
}

bool NatsLog::Link::open(const LogServer& server) {
  jsCtx* stream = nullptr;
  jsOptions options = call_options();
  natsStatus status = natsConnection_JetStream(&stream, connection_.get(), &options);
  stream_.reset(stream);
  const auto give_up = [this](std::string why, bool refused) {
    if (why != last_why_) {
      log::warn("{}", why);
      last_why_ = why;
    }
    if (refused) {
      report(Report::Refused{why});
    }
    close(std::move(why));
    return false;
  };
  if (status != NATS_OK) {
    return give_up("JetStream: " + nats::error_text(status), false);
  }
  auto info = nats::open_stream(stream_.get(), options_);
  if (!info) {
    return give_up(info.error().why, info.error().refused);
  }
  if (auto values = nats::open_values(stream_.get(), options_)) {
    values_ = std::move(*values);
    kvWatcher* watcher = nullptr;
    status = kvStore_WatchAll(&watcher, values_.get(), nullptr);
    watcher_.reset(watcher);
  } else {
    return give_up(values.error().why, values.error().refused);
  }
  char* inbox = nullptr;
  if (status == NATS_OK) {
    status = natsInbox_Create(&inbox);
  }
  natsSubscription* answers = nullptr;
  if (status == NATS_OK) {
    inbox_ = inbox;
    natsInbox_Destroy(inbox);
    status = natsConnection_Subscribe(&answers, connection_.get(), (inbox_ + ".*").c_str(),
                                      on_answer, make_closure());
    answers_.reset(answers);
  }
  if (status != NATS_OK) {
    return give_up("cannot subscribe at the log server: " + nats::error_text(status), false);
  }
  last_why_.clear();
  n_unanswered_ = n_not_found_ = 0;
  signals_->log_is_empty.store((*info)->State.Msgs == 0);
  next_look_ = system_clock().mono_now() + kLook;
  log::info("connected to log server {} ({}), stream {}: messages {} to {}", server.name,
            server.version, options_.stream, (*info)->State.FirstSeq, (*info)->State.LastSeq);
  report(Report::Up{nats::info_of(**info), server});
  return true;
}

void NatsLog::Link::close(std::string why) {
  watcher_.reset();
  values_.reset();
  followed_.reset();
  answers_.reset();
  stream_.reset();
  connection_.reset();
  former_closures_ = std::move(closures_);
  closures_.clear();
  if (!why.empty()) {
    report(Report::Down{std::move(why)});
  }
}

NatsLog::Link::Closure* NatsLog::Link::make_closure(std::uint64_t following) {
  closures_.push_back(std::make_unique<Closure>(
      Closure{signals_, out_, unread_, signals_->connection.load(), following}));
  return closures_.back().get();
}

void NatsLog::Link::on_closed(natsConnection* /*connection*/, void* closure) {
  const auto* const here = static_cast<const Closure*>(closure);
  const std::lock_guard lock(here->signals->mutex);
  here->signals->closed_connection.store(here->connection);
  here->signals->changed.notify_all();
}

// --- what the loop asks for

void NatsLog::Link::carry_out(Command& command) {
  if (connection_ == nullptr) {
    return;
  }
  if (const auto* const wanted = std::get_if<Follow>(&command)) {
    follow(*wanted);
  } else if (const auto* const batch = std::get_if<Append>(&command)) {
    append(*batch);
  } else if (const auto* const number = std::get_if<Find>(&command)) {
    find(*number);
  } else if (const auto* const value = std::get_if<Share>(&command)) {
    share(*value);
  }
}

void NatsLog::Link::follow(const Follow& command) {
  constexpr std::int64_t kHeartbeatNs = 500'000'000;
  followed_.reset();
  jsSubOptions options;
  jsSubOptions_Init(&options);
  options.Stream = options_.stream.c_str();
  options.Ordered = true;
  options.Config.DeliverPolicy = js_DeliverByStartSequence;
  options.Config.OptStartSeq = command.after + 1;
  options.Config.Heartbeat = kHeartbeatNs;
  jsOptions call = call_options();
  natsSubscription* made = nullptr;
  jsErrCode code{};
  const natsStatus status = js_Subscribe(&made, stream_.get(), "ringside.log", on_followed,
                                         make_closure(command.following), &call, &options, &code);
  followed_.reset(made);
  if (status != NATS_OK) {
    close(fmt::format("the log cannot be followed: {} [JetStream {}]", nats::error_text(status),
                      static_cast<int>(code)));
    return;
  }
  (void)natsSubscription_SetPendingLimits(made, -1, -1);
}

void NatsLog::Link::on_followed(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                                natsMsg* raw, void* closure) {
  const nats::Message message(raw);
  const auto* const here = static_cast<const Closure*>(closure);
  jsMsgMetaData* found = nullptr;
  if (natsMsg_GetMetaData(&found, raw) != NATS_OK) {
    return;
  }
  const nats::MetaData meta(found);
  auto read = nats::read_message(raw, meta->Sequence.Stream, meta->Timestamp);
  if (!read) {
    here->out.put({here->connection,
                   Report::Refused{"the log has messages of a later version of Ringside: upgrade "
                                   "this node"}});
    return;
  }
  here->unread->add(read->body.size());
  here->out.put({here->connection, Report::Followed{here->following, std::move(*read)}});
}

void NatsLog::Link::append(const Append& command) {
  const std::uint64_t expected = signals_->log_is_empty.load() ? 0 : command.expected;
  const nats::Message message = nats::write_message(
      command.message, inbox_ + '.' + std::to_string(command.attempt), expected);
  if (message == nullptr ||
      natsConnection_PublishMsg(connection_.get(), message.get()) != NATS_OK) {
    report(Report::Appended{command.attempt, AppendOutcome::kUnknown});
  }
}

void NatsLog::Link::on_answer(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                              natsMsg* raw, void* closure) {
  const nats::Message message(raw);
  const auto* const here = static_cast<const Closure*>(closure);
  const std::string_view subject = natsMsg_GetSubject(raw);
  const std::uint64_t attempt =
      std::strtoull(subject.substr(subject.rfind('.') + 1).data(), nullptr, 10);
  nats::Answer answer;
  if (!natsMsg_IsNoResponders(raw)) {
    answer = nats::read_answer(
        {natsMsg_GetData(raw), static_cast<std::size_t>(natsMsg_GetDataLength(raw))});
  }
  // A log that has run empty, all being too old, has no last message that a condition could name.
  if (answer.last || answer.outcome == AppendOutcome::kTaken) {
    here->signals->log_is_empty.store(answer.last == std::uint64_t{0});
  }
  if (!answer.error.empty()) {
    log::warn("the log takes no events: {}", answer.error);
  }
  here->out.put({here->connection, Report::Appended{attempt, answer.outcome}});
}

// The leader is asked and no other server: one that is behind would say that a message is not there.
void NatsLog::Link::find(const Find& command) {
  natsMsg* found = nullptr;
  jsOptions call = call_options();
  jsErrCode code{};
  const natsStatus status = js_GetMsg(&found, stream_.get(), options_.stream.c_str(),
                                      std::max<std::uint64_t>(command.number, 1), &call, &code);
  const nats::Message message(found);
  if (status == NATS_OK) {
    auto read = nats::read_message(found, natsMsg_GetSequence(found), natsMsg_GetTime(found));
    report(Report::Found{command.number, std::move(read)});
  } else if (status == NATS_NOT_FOUND) {
    report(Report::Found{command.number, std::nullopt});
  }
}

void NatsLog::Link::share(const Share& command) {
  const natsStatus status =
      kvStore_PutString(nullptr, values_.get(), command.key.c_str(), command.value.c_str());
  if (status != NATS_OK) {
    log::warn("{} could not be shared with the other nodes: {}", command.key,
              nats::error_text(status));
  }
}

// --- what it looks at by itself

void NatsLog::Link::look_at_log() {
  const MonoTime asked = system_clock().mono_now();
  next_look_ = asked + kLook;
  jsStreamInfo* found = nullptr;
  jsOptions call = call_options();
  jsErrCode code{};
  const natsStatus status =
      js_GetStreamInfo(&found, stream_.get(), options_.stream.c_str(), &call, &code);
  const nats::StreamInfo info(found);
  n_not_found_ = status == NATS_NOT_FOUND ? n_not_found_ + 1 : 0;
  n_unanswered_ = status == NATS_OK || status == NATS_NOT_FOUND ? 0 : n_unanswered_ + 1;
  if (status == NATS_OK) {
    report(Report::Alive{info->State.LastSeq, nats::info_of(*info).leader, asked});
  } else if (n_unanswered_ == kInARow) {
    close("the log server does not reach the log: " + nats::error_text(status));
  } else if (n_not_found_ == kInARow) {
    report(
        Report::Refused{fmt::format("the stream {} was deleted: its history is only on the "
                                    "nodes now; restart them to begin a new one",
                                    options_.stream)});
  }
}

void NatsLog::Link::read_values() {
  constexpr int kAtOnce = 256;
  for (int n = 0; n < kAtOnce; ++n) {
    kvEntry* found = nullptr;
    if (kvWatcher_Next(&found, watcher_.get(), 1) != NATS_OK) {
      return;
    }
    const nats::Entry entry(found);
    if (found == nullptr) {
      continue;  // the mark after all that was there before
    }
    const auto length = static_cast<std::size_t>(kvEntry_ValueLen(found));
    report(Report::Shared{kvEntry_Key(found),
                          std::string(static_cast<const char*>(kvEntry_Value(found)), length)});
  }
}

}  // namespace ringside::cluster
