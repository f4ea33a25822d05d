// ringside send: events from arguments, options or standard input to the worker, with every
// rejection told and everything acknowledged before it says that it is done.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <memory>

#include "cli/command.hpp"
#include "cli/duration.hpp"
#include "cli/exit_code.hpp"
#include "cli/run_dir_hint.hpp"
#include "cli/say.hpp"
#include "cli/send_from.hpp"
#include "cli/send_http.hpp"
#include "cli/socket_client.hpp"
#include "cli/terminal.hpp"
#include "cli/worker_answer.hpp"
#include "core/base/json.hpp"

namespace ringside::cli {
namespace {

constexpr std::uint64_t kProgressEvery = 10'000;

struct SendOptions {
  std::vector<std::string> events;
  std::string type;
  std::string data;
  std::string metadata;
  std::string socket;
  std::string from;
  std::string name;
  bool quiet = false;
  bool with_diffs = false;
  bool no_wait = false;
  std::string url;
  std::string token_file;
  std::string authorities;
  std::string retry_for = "60s";
};

// Counts what goes out and what comes back. Line numbers are those of the input: the hello before
// it is left out.
class Sender {
 public:
  explicit Sender(SocketClient client)
      : client_(std::move(client)), shows_progress_(::isatty(2) == 1) {}

  [[nodiscard]] Status hello() { return client_.send(kAskForAnswers, on_line()); }

  // `bytes` may contain any part of the input; whole lines that are not blank are events.
  [[nodiscard]] Status send(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        n_sent_ += blank_ ? 0 : 1;
        blank_ = true;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        blank_ = false;
      }
    }
    const Status sent = client_.send(bytes, on_line());
    show_progress();
    return sent;
  }

  // Ends a last line that has no newline, and waits until everything is acknowledged.
  [[nodiscard]] Status finish() {
    if (!blank_) {
      if (const Status sent = send("\n"); !sent) {
        return sent;
      }
    }
    client_.finish_sending();
    while (n_acknowledged_ < n_sent_) {
      const auto more = client_.receive(on_line());
      if (!more) {
        return tl::unexpected(more.error());
      }
      if (!*more && n_acknowledged_ < n_sent_) {
        return fail("the worker closed the connection");
      }
    }
    return {};
  }

  void clear_progress() const {
    if (shows_progress_ && n_shown_ != 0) {
      std::fputs("\r\x1b[K", stderr);
    }
  }

  [[nodiscard]] std::uint64_t n_sent() const noexcept { return n_sent_; }
  [[nodiscard]] std::uint64_t n_acknowledged() const noexcept { return n_acknowledged_; }
  [[nodiscard]] std::uint64_t n_rejected() const noexcept { return n_rejected_; }

 private:
  SocketClient::OnLine on_line() {
    return [this](std::string_view line) {
      const auto answer = parse_worker_answer(line);
      if (!answer) {
        return;
      }
      n_acknowledged_ = answer->n_acknowledged.value_or(n_acknowledged_);
      n_rejected_ += answer->n_rejected;
      if (answer->error) {
        clear_progress();
        complain(answer->line ? fmt::format("line {}: {}", *answer->line, *answer->error)
                              : *answer->error);
      }
    };
  }

  void show_progress() {
    if (shows_progress_ && n_sent_ >= n_shown_ + kProgressEvery) {
      n_shown_ = n_sent_;
      std::fputs(
          fmt::format("\r\x1b[K{} sent, {} acknowledged, {} rejected", describe_count(n_sent_),
                      describe_count(n_acknowledged_), describe_count(n_rejected_))
              .c_str(),
          stderr);
    }
  }

  SocketClient client_;
  bool shows_progress_;
  bool blank_ = true;
  std::uint64_t n_sent_ = 0;
  std::uint64_t n_acknowledged_ = 0;
  std::uint64_t n_rejected_ = 0;
  std::uint64_t n_shown_ = 0;
};

// The event that --type, --data and --metadata make. Their JSON is checked here, where the mistake
// can be named.
Result<std::string> event_of(const SendOptions& options) {
  Json event = Json::object().set("event_type", options.type).deep_copy();
  const auto set = [&](const char* member, const std::string& text) -> Status {
    auto value = Json::parse(text);
    if (!value) {
      return fail(fmt::format("--{}: {}", member, value.error().message));
    }
    event.set(member, *value);
    return {};
  };
  if (const Status done = set("data", options.data.empty() ? "{}" : options.data); !done) {
    return tl::unexpected(done.error());
  }
  if (!options.metadata.empty()) {
    if (const Status done = set("metadata", options.metadata); !done) {
      return tl::unexpected(done.error());
    }
  }
  return event.dump() + "\n";
}

Status send_stdin(Sender& sender) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t n = ::read(0, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return fail_errno("standard input");
    }
    if (n == 0) {
      return {};
    }
    if (const Status sent = sender.send({buffer.data(), static_cast<std::size_t>(n)}); !sent) {
      return sent;
    }
  }
}

Status send_all(Sender& sender, const SendOptions& options, const std::string& made) {
  if (const Status greeted = sender.hello(); !greeted) {
    return greeted;
  }
  if (!made.empty()) {
    return sender.send(made);
  }
  if (options.events.empty()) {
    return send_stdin(sender);
  }
  for (std::string event : options.events) {
    for (char& c : event) {
      c = c == '\n' ? ' '
                    : c;  // white space in JSON; a raw newline inside a string is no JSON anyway
    }
    if (const Status sent = sender.send(event + "\n"); !sent) {
      return sent;
    }
  }
  return {};
}

int send_to_url(const SendOptions& options, const std::string& made) {
  const auto retry_for = parse_duration(options.retry_for);
  if (!retry_for) {
    complain("send: --retry-for must be a time such as 30s or 5m");
    return kUsage;
  }
  return send_over_http({.url = options.url,
                         .token_file = options.token_file,
                         .authorities = options.authorities,
                         .retry_for = *retry_for,
                         .events = made.empty() ? options.events : std::vector<std::string>{made}});
}

int send(const Globals& globals, const SendOptions& options) {
  const std::string socket =
      options.socket.empty() ? globals.run_dir + "/events.sock" : options.socket;
  if (!options.from.empty()) {
    return send_from({.format = options.from,
                      .socket = socket,
                      .name = options.name,
                      .quiet = options.quiet,
                      .with_diffs = options.with_diffs});
  }
  std::string made;
  if (!options.type.empty()) {
    auto event = event_of(options);
    if (!event) {
      complain("send: " + event.error().message);
      return kUsage;
    }
    made = std::move(*event);
  }
  if (options.no_wait) {
    say_at_once({.run_dir = globals.run_dir, .socket = options.socket}, made);
    return kOk;
  }
  if (!options.url.empty()) {
    return send_to_url(options, made);
  }
  auto client = SocketClient::connect(socket);
  if (!client) {
    complain("send: " + client.error().message +
             (options.socket.empty() ? run_dir_hint(globals.run_dir)
                                     : "; does ringsided listen there?"));
    return kFailed;
  }
  Sender sender(std::move(*client));
  Status done = send_all(sender, options, made);
  if (done) {
    done = sender.finish();
  }
  sender.clear_progress();
  if (!done) {
    complain(fmt::format("send: {}; of {} events sent, {} were acknowledged", done.error().message,
                         sender.n_sent(), sender.n_acknowledged()));
    return kFailed;
  }
  if (sender.n_rejected() > 0) {
    complain(
        fmt::format("send: {} of {} events were rejected", sender.n_rejected(), sender.n_sent()));
    return kBadResult;
  }
  return kOk;
}

CLI::Option* add_url_options(CLI::App& command, SendOptions& options) {
  CLI::Option* url =
      command.add_option("--url", options.url,
                         "a server to send to, https://HOST[:PORT]; needs a token with the role "
                         "producer");
  command
      .add_option("--token-file", options.token_file,
                  "with --url: the file that has the token (default: the variable RINGSIDE_TOKEN)")
      ->needs(url);
  command
      .add_option("--cacert", options.authorities,
                  "with --url: certificates to trust instead of the system's")
      ->needs(url);
  command
      .add_option("--retry-for", options.retry_for,
                  "with --url: how long a batch is sent again while the server is away or busy "
                  "(default: 60s)")
      ->needs(url);
  return url;
}

}  // namespace

void add_send(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<SendOptions>();
  CLI::App* command = app.add_subcommand(
      "send", "send events: JSON from arguments, or a line each from standard input");
  CLI::Option* events =
      command->add_option("event", options->events, "an event as JSON; can be repeated");
  CLI::Option* type = command->add_option(
      "--type", options->type, "the event_type of an event made of --data and --metadata");
  command->add_option("--data", options->data, "its data, a JSON object")->needs(type);
  command->add_option("--metadata", options->metadata, "its metadata, a JSON object")->needs(type);
  CLI::Option* no_wait =
      command
          ->add_flag("--no-wait", options->no_wait,
                     "with --type: return at once, with 0, whether or not a worker takes the event")
          ->needs(type);
  CLI::Option* socket = command->add_option("--socket", options->socket,
                                            "another socket than events.sock of the run directory");
  CLI::Option* from =
      command
          ->add_option("--from", options->from,
                       "the format of standard input, if not events: terraform, for the output of "
                       "terraform apply -json; ansible, for that of a JSON-lines callback")
          ->check(CLI::IsMember({"terraform", "ansible"}))
          ->excludes(type)
          ->excludes(events);
  command
      ->add_option("--name", options->name,
                   "with --from: the run's name (default: that of the working directory)")
      ->needs(from);
  command->add_flag("-q,--quiet", options->quiet, "with --from: do not print the output")
      ->needs(from);
  command
      ->add_flag("--diffs", options->with_diffs,
                 "with --from ansible: send what changed in files, which may be secret")
      ->needs(from);
  CLI::Option* url = add_url_options(*command, *options);
  url->excludes(socket)->excludes(from)->excludes(no_wait);
  command->footer(
      "Examples:\n"
      "  ringside send --type Deployed --data '{\"to\":\"eu\"}'\n"
      "  ringside send < events.jsonl\n"
      "  ringside send --url https://ringside.example --token-file token < events.jsonl\n"
      "  terraform apply -json -auto-approve | ringside send --from terraform\n"
      "Exit status: 0 all accepted, 1 the connection failed, 3 some were rejected (each is "
      "reported "
      "with its line), or the run of terraform or ansible failed.");
  command->callback(
      [&run, &globals, options] { run = [&globals, options] { return send(globals, *options); }; });
}

}  // namespace ringside::cli
