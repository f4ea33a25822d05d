#pragma once
// The options of [cluster] in ringside.toml. Without servers there is no cluster.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/config/binding.hpp"
#include "core/config/option_checks.hpp"

namespace ringside {

// Defaults come from the table below.
struct ClusterOptions {
  std::vector<std::string> cluster_servers;  // empty: one machine
  std::string cluster_node;                  // empty: the host's name
  std::string cluster_stream;
  unsigned cluster_replicas = 0;
  bool cluster_create = false;
  std::chrono::milliseconds cluster_max_age{0};
  std::uint64_t cluster_max_bytes = 0;
  std::string cluster_ca;
  std::string cluster_cert;
  std::string cluster_key;
  std::string cluster_user;
  std::string cluster_password_file;
  std::string cluster_credentials;
  unsigned cluster_batch_events = 0;
  std::string cluster_spool;  // empty: spool in state_dir
  std::uint64_t cluster_spool_size = 0;
  std::chrono::milliseconds cluster_cut_grace{0};
  bool cluster_ready_when_cut = false;
  bool operator==(const ClusterOptions&) const = default;
};

// `O` has ClusterOptions as a base.
template <class O>
inline constexpr std::array kClusterBindings{
    bind_option<&O::cluster_servers, O>(
        {"cluster.servers", OptionType::kStringList, "", 0, 0, false,
         "NATS servers with JetStream, version 2.10.27 or later, as \"tls://log-1:4222\" or "
         "\"nats://127.0.0.1:4222\"; empty: this machine is alone. See docs/cluster.md.",
         &option_checks::nats_addresses}),
    bind_option<&O::cluster_node, O>(
        {"cluster.node", OptionType::kString, "", 0, 0, false,
         "This node's name, which no other node has; empty: the name of the host.",
         &option_checks::node_name_or_empty}),
    bind_option<&O::cluster_stream, O>({"cluster.stream", OptionType::kString, "RINGSIDE", 0, 0,
                                        false, "The stream that is the log, the same on all nodes.",
                                        &option_checks::stream_name}),
    bind_option<&O::cluster_replicas, O>(
        {"cluster.replicas", OptionType::kInteger, "3", 1, 5, false,
         "On how many servers each event is stored. 3 survives the loss of one."}),
    bind_option<&O::cluster_create, O>(
        {"cluster.create", OptionType::kBool, "true", 0, 0, false,
         "Whether the stream is made when it is not there. One that is there is never changed."}),
    bind_option<&O::cluster_max_age, O>(
        {"cluster.max_age", OptionType::kDuration, "1d", 60'000, 3650LL * 86'400'000, false,
         "How long the log keeps events: the longest time that a node may be away without a gap "
         "in its history."}),
    bind_option<&O::cluster_max_bytes, O>(
        {"cluster.max_bytes", OptionType::kBytes, "32GiB", 1LL << 20, 1LL << 44, false,
         "How many bytes the log keeps, on each of its servers."}),
    bind_option<&O::cluster_ca, O>({"cluster.ca", OptionType::kString, "", 0, 0, false,
                                    "Certificates that the servers are verified with; empty: "
                                    "those of the system.",
                                    &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_cert, O>({"cluster.cert", OptionType::kString, "", 0, 0, false,
                                      "This node's certificate, with its chain.",
                                      &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_key, O>({"cluster.key", OptionType::kString, "", 0, 0, false,
                                     "The key of cluster.cert.",
                                     &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_user, O>(
        {"cluster.user", OptionType::kString, "", 0, 0, false,
         "User name at the servers, where they do not go by the certificate."}),
    bind_option<&O::cluster_password_file, O>(
        {"cluster.password_file", OptionType::kString, "", 0, 0, false,
         "A file with the password of cluster.user in its first line.",
         &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_credentials, O>(
        {"cluster.credentials", OptionType::kString, "", 0, 0, false,
         "A credentials file (.creds) instead of user and password.",
         &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_batch_events, O>({"cluster.batch_events", OptionType::kInteger, "512",
                                              1, 4096, false,
                                              "Events in one message of the log, at most."}),
    bind_option<&O::cluster_spool, O>(
        {"cluster.spool", OptionType::kString, "", 0, 0, false,
         "Where events wait on disk while the log does not take them; empty: the directory spool "
         "in state_dir.",
         &option_checks::absolute_path_or_empty}),
    bind_option<&O::cluster_spool_size, O>(
        {"cluster.spool_size", OptionType::kBytes, "1GiB", 1LL << 20, 1LL << 42, false,
         "How much may wait there. When it is full, producers are no longer read, and datagrams "
         "are dropped and counted."}),
    bind_option<&O::cluster_cut_grace, O>(
        {"cluster.cut_grace", OptionType::kDuration, "30s", 0, 86'400'000, false,
         "How long a node that is cut off from the log still reports that it is ready."}),
    bind_option<&O::cluster_ready_when_cut, O>(
        {"cluster.ready_when_cut", OptionType::kBool, "false", 0, 0, false,
         "Whether it reports so for as long as it is cut off: for those who prefer history to "
         "nothing."}),
};

}  // namespace ringside
