#pragma once
// The link of a NatsLog: its thread, its connection, what the loop asks of it and what it reports. Private to
// worker/cluster/nats_*.cpp.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/base/result.hpp"
#include "core/setup/log_server.hpp"
#include "worker/cluster/mailbox.hpp"
#include "worker/cluster/nats_handles.hpp"
#include "worker/cluster/nats_log.hpp"

namespace ringside::cluster {

// What the link tells the loop. `connection` and `following` say what it belongs to: what belongs to a former one is dropped.
struct NatsLog::Report {
  struct Up {
    LogInfo info;
    LogServer server;
  };
  struct Alive {
    std::uint64_t last = 0;
    std::uint64_t leader = 0;
    MonoTime asked;
  };
  struct Down {
    std::string why;
  };
  struct Refused {
    std::string why;
  };
  struct Followed {
    std::uint64_t following = 0;
    LogMessage message;
  };
  struct Appended {
    std::uint64_t attempt = 0;
    AppendOutcome outcome = AppendOutcome::kUnknown;
  };
  struct Found {
    std::uint64_t number = 0;
    std::optional<LogMessage> message;
  };
  struct Shared {
    std::string key;
    std::string value;
  };
  std::uint64_t connection = 0;
  std::variant<Up, Alive, Down, Refused, Followed, Appended, Found, Shared> what;
};

namespace nats {

// A message with its headers as the log has them; one without our headers has only number and time. Nothing when it is of a
// later format than this program knows.
[[nodiscard]] std::optional<LogMessage> read_message(natsMsg* message, std::uint64_t number,
                                                     std::int64_t time_ns);
// The message to publish.
[[nodiscard]] Message write_message(const LogMessage& message, const std::string& reply,
                                    std::uint64_t expected_last);
// What a publish was answered: `{"stream":..,"seq":..}` or an error.
struct Answer {
  AppendOutcome outcome = AppendOutcome::kUnknown;
  std::optional<std::uint64_t> last;  // with a conflict: where the log ends
  std::string error;                  // other than a conflict
};
[[nodiscard]] Answer read_answer(std::string_view json);

// Connection options with servers, TLS and credentials. Errors: a file that cannot be used.
[[nodiscard]] Result<Options> make_options(const NatsOptions& options);
// The stream, made if it may be, and checked. `refused`: trying again is of no use.
struct StreamFailure {
  std::string why;
  bool refused = false;
};
[[nodiscard]] tl::expected<StreamInfo, StreamFailure> open_stream(jsCtx* stream,
                                                                  const NatsOptions& options);
[[nodiscard]] tl::expected<KeyValues, StreamFailure> open_values(jsCtx* stream,
                                                                 const NatsOptions& options);
[[nodiscard]] LogInfo info_of(const jsStreamInfo& info);

}  // namespace nats

// How much was received and not taken by the loop: whoever adds beyond the limit waits.
class Unread {
 public:
  void add(std::size_t n_bytes);
  void remove(std::size_t n_bytes);
  void end();  // nobody waits any more

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t n_bytes_ = 0;
  bool ended_ = false;
};

class NatsLog::Link {
 public:
  Link(NatsOptions options, Mailbox<Report>::Slot out, std::shared_ptr<Unread> unread);
  ~Link();

  struct Follow {
    std::uint64_t after = 0;
    std::uint64_t following = 0;
  };
  struct Append {
    LogMessage message;
    std::uint64_t expected = 0;
    std::uint64_t attempt = 0;
  };
  struct Find {
    std::uint64_t number = 0;
  };
  struct Share {
    std::string key;
    std::string value;
  };
  using Command = std::variant<Follow, Append, Find, Share>;
  void ask(Command command);

  std::unique_ptr<Mailbox<Report>> mailbox;  // the loop's; here so that it ends after the thread

 private:
  void run();
  [[nodiscard]] std::optional<std::vector<Command>> next_commands();
  [[nodiscard]] bool connect();
  [[nodiscard]] Status look_at_server(const LogServerAddress& address, LogServer& server);
  [[nodiscard]] bool open(const LogServer& server);
  void close(std::string why);
  void carry_out(Command& command);
  void follow(const Follow& command);
  void append(const Append& command);
  void find(const Find& command);
  void share(const Share& command);
  void look_at_log();
  void read_values();
  void report(decltype(Report::what) what) const;

  static void on_closed(natsConnection* connection, void* closure);
  static void on_answer(natsConnection* connection, natsSubscription* subscription,
                        natsMsg* message, void* closure);
  static void on_followed(natsConnection* connection, natsSubscription* subscription,
                          natsMsg* message, void* closure);

  NatsOptions options_;
  Mailbox<Report>::Slot out_;
  std::shared_ptr<Unread> unread_;

  // Shared with libnats' threads, and outliving this object while one of them is in a callback.
  struct Signals {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Command> commands;
    bool stops = false;
    std::atomic<std::uint64_t> closed_connection{0};
    std::atomic<std::uint64_t> connection{0};
    std::atomic<bool> log_is_empty{false};
  };
  struct Closure {
    std::shared_ptr<Signals> signals;
    Mailbox<Report>::Slot out;
    std::shared_ptr<Unread> unread;
    std::uint64_t connection = 0;
    std::uint64_t following = 0;
  };
  [[nodiscard]] Closure* make_closure(std::uint64_t following = 0);

  std::shared_ptr<Signals> signals_ = std::make_shared<Signals>();
  std::vector<std::unique_ptr<Closure>> closures_;  // live as long as the connection
  std::vector<std::unique_ptr<Closure>> former_closures_;
  nats::Connection connection_;
  nats::JetStream stream_;
  nats::Subscription answers_;
  nats::Subscription followed_;
  nats::KeyValues values_;
  nats::Watcher watcher_;
  std::string inbox_;
  std::string last_why_;
  std::size_t next_server_ = 0;
  unsigned n_unanswered_ = 0;  // of questions for the end of the log, in a row
  unsigned n_not_found_ = 0;
  MonoTime next_look_{};
  MonoTime next_values_{};
  std::thread thread_;
};

}  // namespace ringside::cluster
