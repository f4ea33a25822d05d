// One table serves the parser and the help, so that neither can forget an option.
#include "bench/src/args.hpp"

#include <cstdio>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace ringside::bench {
namespace {

struct Option {
  const char* name;
  const char* help;
  std::function<void(Args&, const std::string&)> set;
};

ProcessGroup parse_group(const std::string& text) {
  const std::size_t colon = text.find(':');
  ProcessGroup group{.name = text.substr(0, colon), .pids = {}};
  std::istringstream rest(colon == std::string::npos ? "" : text.substr(colon + 1));
  for (std::string pid; std::getline(rest, pid, ',');) {
    group.pids.push_back(static_cast<pid_t>(std::stoi(pid)));
  }
  if (group.name.empty() || group.pids.empty()) {
    throw std::invalid_argument("--server wants NAME:PID[,PID]");
  }
  return group;
}

template <auto kMember>
void set_text(Args& args, const std::string& value) {
  args.*kMember = value;
}

template <auto kMember>
void set_number(Args& args, const std::string& value) {
  using Number = std::remove_reference_t<decltype(args.*kMember)>;
  args.*kMember = static_cast<Number>(std::stod(value));
}

const std::vector<Option>& options() {
  static const std::vector<Option> table = {
      {"--peer", "ringside, floor, nchan, nats or ws", set_text<&Args::peer>},
      {"--label", "name in the result (the peer's)", set_text<&Args::label>},
      {"--port", "port that subscribers connect to", set_number<&Args::port>},
      {"--producer", "unix, nats, post, ws or wsack", set_text<&Args::producer>},
      {"--producer-port", "port to publish on", set_number<&Args::producer_port>},
      {"--producer-path", "path to publish on", set_text<&Args::producer_path>},
      {"--socket", "events.sock of Ringside", set_text<&Args::socket_path>},
      {"--token", "JWT for Ringside", set_text<&Args::token>},
      {"--query", "further parameters, a=b&c=d", set_text<&Args::query>},
      {"--transport", "websocket, event-stream or json-lines", set_text<&Args::transport>},
      {"--compression", "1: offer permessage-deflate", set_number<&Args::compression>},
      {"--subscribers", "connections", set_number<&Args::n_subscribers>},
      {"--producers", "producers (ingest)", set_number<&Args::n_producers>},
      {"--filters", "different filters among subscribers", set_number<&Args::n_filters>},
      {"--window", "events under way at most", set_number<&Args::window>},
      {"--pipeline", "unanswered publications of a connection", set_number<&Args::pipeline>},
      {"--rate", "events a second (latency, slow)", set_number<&Args::rate>},
      {"--warmup", "seconds before measuring", set_number<&Args::warmup_s>},
      {"--seconds", "seconds to measure", set_number<&Args::seconds>},
      {"--floor-frames", "frames the floor puts in a send", set_number<&Args::floor_frames>},
      {"--floor-flush-ms", "timer of the floor", set_number<&Args::floor_flush_ms>},
      {"--fill-mib", "published before a replay", set_number<&Args::fill_mib>},
      {"--server", "NAME:PID[,PID], repeatable; children are counted in",
       [](Args& args, const std::string& value) { args.servers.push_back(parse_group(value)); }},
  };
  return table;
}

}  // namespace

void print_usage() {
  std::puts(
      "usage: ringside-bench fanout|latency|idle|ingest|replay|slow|storm [--option value ...]\n"
      "Loads a running server and prints one line of JSON.\n");
  for (const Option& option : options()) {
    std::printf("  %-18s %s\n", option.name, option.help);
  }
}

Args parse_args(int argc, const char* const* argv) {
  Args args;
  if (argc < 2) {
    throw std::invalid_argument("name a workload");
  }
  args.workload = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) {
      throw std::invalid_argument(name + " wants a value");
    }
    bool known = false;
    for (const Option& option : options()) {
      if (name == option.name) {
        option.set(args, argv[i + 1]);
        known = true;
      }
    }
    if (!known) {
      throw std::invalid_argument("unknown option " + name);
    }
  }
  if (args.label.empty()) {
    args.label = args.peer;
  }
  if (args.producer_port == 0) {
    args.producer_port = args.port;
  }
  return args;
}

}  // namespace ringside::bench
