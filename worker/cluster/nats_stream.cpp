// Connection options, and the stream: made by whoever comes first, and then only checked. Nobody changes a stream that is
// there: its settings are the operator's.
#include <fmt/format.h>

#include <fstream>

#include "core/shm/hash.hpp"
#include "worker/cluster/nats_link.hpp"

namespace ringside::cluster::nats {
namespace {

constexpr int kJsNoSuitablePeers = 10005;
constexpr int kJsStreamNotFound = 10059;
constexpr const char* kSubject = "ringside.log";

[[nodiscard]] StreamFailure failure(std::string_view what, natsStatus status, jsErrCode code) {
  return {fmt::format("{}: {}{}", what, error_text(status),
                      code == 0 ? "" : fmt::format(" [JetStream {}]", static_cast<int>(code))),
          false};
}

// Why the stream cannot be the log; empty: it can.
[[nodiscard]] std::string objection(const jsStreamConfig& config, const NatsOptions& options) {
  if (config.SubjectsLen != 1 || std::string_view(config.Subjects[0]) != kSubject) {
    return fmt::format("its subject must be {} alone", kSubject);
  }
  if (config.Storage != js_FileStorage) {
    return "its storage must be file";
  }
  if (config.Replicas != static_cast<std::int64_t>(options.replicas)) {
    return fmt::format("it has {} replicas, and cluster.replicas is {}", config.Replicas,
                       options.replicas);
  }
  if (!config.DenyDelete || !config.DenyPurge) {
    return "it must deny the deletion of messages and purges (deny_delete, deny_purge)";
  }
  if (config.Retention != js_LimitsPolicy || config.Discard != js_DiscardOld) {
    return "its retention must be limits, and it must discard old messages";
  }
  if (config.MaxMsgsPerSubject > 0 || config.Mirror != nullptr || config.SourcesLen != 0) {
    return "it must have no limit per subject, no mirror and no sources";
  }
  return "";
}

[[nodiscard]] natsStatus create_stream(jsCtx* stream, const NatsOptions& options, StreamInfo& out,
                                       jsErrCode& code) {
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  const char* subjects[] = {kSubject};
  config.Name = options.stream.c_str();
  config.Description = "The log of a Ringside cluster. Do not delete messages from it.";
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Retention = js_LimitsPolicy;
  config.Discard = js_DiscardOld;
  config.Storage = js_FileStorage;
  config.Replicas = options.replicas;
  config.MaxAge = std::chrono::nanoseconds(options.max_age).count();
  config.MaxBytes = static_cast<std::int64_t>(options.max_bytes);
  config.Duplicates = 100'000'000;  // not used, and at its least
  config.DenyDelete = true;
  config.DenyPurge = true;
  jsStreamInfo* made = nullptr;
  const natsStatus status = js_AddStream(&made, stream, &config, nullptr, &code);
  out.reset(made);
  return status;
}

}  // namespace

Result<Options> make_options(const NatsOptions& options) {
  natsOptions* made = nullptr;
  if (const natsStatus status = natsOptions_Create(&made); status != NATS_OK) {
    return fail("cannot prepare a connection: " + error_text(status));
  }
  Options out(made);
  std::string failed;
  const auto set = [&failed](natsStatus status, std::string_view what) {
    if (status != NATS_OK && failed.empty()) {
      failed = fmt::format("{}: {}", what, error_text(status));
    }
  };
  bool tls = false;
  for (const std::string& server : options.servers) {
    tls = tls || server.starts_with("tls://");
  }
  constexpr std::int64_t kConnectMs = 2000;
  constexpr std::int64_t kPingMs = 2000;
  set(natsOptions_SetTimeout(made, kConnectMs), "timeout");
  set(natsOptions_SetName(made, ("ringside " + options.node).c_str()), "name");
  set(natsOptions_SetAllowReconnect(made, false), "reconnect");
  set(natsOptions_SetPingInterval(made, kPingMs), "ping");
  set(natsOptions_SetMaxPingsOut(made, 2), "pings");
  set(natsOptions_SetIgnoreDiscoveredServers(made, true), "servers");
  set(natsOptions_SetSendAsap(made, true), "send");
  if (tls) {
    set(natsOptions_SetSecure(made, true), "TLS");
    if (!options.ca.empty()) {
      set(natsOptions_LoadCATrustedCertificates(made, options.ca.c_str()), "cluster.ca");
    }
    if (!options.cert.empty()) {
      set(natsOptions_LoadCertificatesChain(made, options.cert.c_str(), options.key.c_str()),
          "cluster.cert and cluster.key");
    }
  }
  if (!options.credentials.empty()) {
    set(natsOptions_SetUserCredentialsFromFiles(made, options.credentials.c_str(), nullptr),
        "cluster.credentials");
  } else if (!options.user.empty()) {
    std::string password;
    if (!options.password_file.empty()) {
      std::ifstream file(options.password_file);
      if (!std::getline(file, password)) {
        return fail("cluster.password_file: " + options.password_file + " cannot be read");
      }
    }
    set(natsOptions_SetUserInfo(made, options.user.c_str(), password.c_str()), "cluster.user");
  }
  if (!failed.empty()) {
    return fail(failed);
  }
  return out;
}

tl::expected<StreamInfo, StreamFailure> open_stream(jsCtx* stream, const NatsOptions& options) {
  jsStreamInfo* found = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&found, stream, options.stream.c_str(), nullptr, &code);
  StreamInfo info(found);
  if (status == NATS_NOT_FOUND || code == kJsStreamNotFound) {
    if (!options.create) {
      return tl::unexpected(StreamFailure{
          fmt::format("the stream {} does not exist, and cluster.create is false: make it, or set "
                      "cluster.create = true",
                      options.stream),
          true});
    }
    code = {};
    status = create_stream(stream, options, info, code);
    // While the servers find each other there are not enough of them yet.
    if (status != NATS_OK && code == kJsNoSuitablePeers) {
      return tl::unexpected(
          StreamFailure{fmt::format("the servers have no room for {} replicas of stream {} yet",
                                    options.replicas, options.stream),
                        false});
    }
  }
  if (status != NATS_OK) {
    return tl::unexpected(failure("stream " + options.stream, status, code));
  }
  if (const std::string why = objection(*info->Config, options); !why.empty()) {
    return tl::unexpected(
        StreamFailure{fmt::format("the stream {} cannot be the log: {}; see docs/cluster.md",
                                  options.stream, why),
                      true});
  }
  return info;
}

tl::expected<KeyValues, StreamFailure> open_values(jsCtx* stream, const NatsOptions& options) {
  kvStore* found = nullptr;
  natsStatus status = js_KeyValue(&found, stream, options.stream.c_str());
  if (status == NATS_NOT_FOUND && options.create) {
    kvConfig config;
    kvConfig_Init(&config);
    config.Bucket = options.stream.c_str();
    config.Description = "What the nodes of a Ringside cluster share: revocations.";
    config.History = 1;
    config.StorageType = js_FileStorage;
    config.Replicas = static_cast<int>(options.replicas);
    status = js_CreateKeyValue(&found, stream, &config);
  }
  if (status != NATS_OK) {
    return tl::unexpected(failure("key-value bucket " + options.stream, status, {}));
  }
  return KeyValues(found);
}

LogInfo info_of(const jsStreamInfo& info) {
  LogInfo out;
  out.identity = hash64(&info.Created, sizeof info.Created);
  out.first = info.State.FirstSeq;
  out.last = info.State.LastSeq;
  out.n_messages = info.State.Msgs;
  out.n_bytes = info.State.Bytes;
  if (info.Cluster != nullptr && info.Cluster->Leader != nullptr && *info.Cluster->Leader != '\0') {
    out.leader = hash64(info.Cluster->Leader);
  }
  return out;
}

}  // namespace ringside::cluster::nats
