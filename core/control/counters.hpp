#pragma once
// The counters that each process keeps in the control segment: one table gives the slot in shared
// memory, the Prometheus name, its help text and who counts it. `GET /metrics`, `ringside status`
// and docs/operations.md read this table.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace ringside {

// X(enumerator, prometheus name, labels, kind, help). Append only: the order is the layout of
// shared memory, which two versions share during an upgrade. tests/data/counters.txt holds it.
#define RINGSIDE_COUNTERS(X)                                                                       \
  /* worker */                                                                                     \
  X(kEventsIn, "ringside_events_received_total", "", counter, "Events accepted from all sources.") \
  X(kBytesIn, "ringside_received_bytes_total", "", counter,                                        \
    "Bytes of accepted events as producers sent them.")                                            \
  X(kEventsRejected, "ringside_events_rejected_total", "", counter,                                \
    "Events refused: not JSON, against their schema, or too long.")                                \
  X(kEventsRedacted, "ringside_events_redacted_total", "", counter,                                \
    "Events in which something was redacted.")                                                     \
  X(kEventsRepaired, "ringside_events_utf8_repaired_total", "", counter,                           \
    "Events whose text was made valid UTF-8.")                                                     \
  X(kProducers, "ringside_producers", "", gauge, "Producers connected to events.sock.")            \
  X(kProducersRefused, "ringside_producers_refused_total", "", counter,                            \
    "Producers refused by uid, gid or number.")                                                    \
  X(kDatagramsIn, "ringside_datagrams_received_total", "", counter,                                \
    "Datagrams read from all datagram sockets.")                                                   \
  X(kSourceErrors, "ringside_source_errors_total", "", counter,                                    \
    "Errors of built-in sources (a file that cannot be read, ...).")                               \
  /* plugin */                                                                                     \
  X(kConnectionsEvents, "ringside_connections", "endpoint=\"ws\"", gauge,                          \
    "Open WebSockets and streams.")                                                                \
  X(kConnectionsMetrics, "ringside_connections", "endpoint=\"metrics\"", gauge,                    \
    "Open WebSockets and streams.")                                                                \
  X(kConnectionsLogs, "ringside_connections", "endpoint=\"logs\"", gauge,                          \
    "Open WebSockets and streams.")                                                                \
  X(kConnectionsAwaitingAuth, "ringside_connections_awaiting_auth", "", gauge,                     \
    "Connections that have not sent their token yet.")                                             \
  X(kConnectionsOpened, "ringside_connections_opened_total", "", counter, "Connections begun.")    \
  X(kUpgradesRefused, "ringside_upgrades_refused_total", "", counter,                              \
    "Requests for events refused, for any reason.")                                                \
  X(kAuthFailures, "ringside_auth_failures_total", "", counter, "Tokens refused.")                 \
  X(kEventsOut, "ringside_events_sent_total", "", counter,                                         \
    "Events delivered, counted once for each client.")                                             \
  X(kFramesOut, "ringside_frames_sent_total", "", counter, "WebSocket frames sent.")               \
  X(kWritesOut, "ringside_writes_total", "", counter,                                              \
    "Writes to sockets; frames divided by this is the coalescing.")                                \
  X(kBytesOut, "ringside_sent_bytes_total", "", counter,                                           \
    "Bytes sent to clients, after compression.")                                                   \
  X(kMessagesIn, "ringside_client_messages_total", "", counter, "Messages received from clients.") \
  X(kMessagesInvalid, "ringside_client_messages_invalid_total", "", counter,                       \
    "Messages from clients that were refused.")                                                    \
  X(kGapsLapped, "ringside_gaps_total", "reason=\"lapped\"", counter,                              \
    "Gaps announced to clients.")                                                                  \
  X(kGapsRate, "ringside_gaps_total", "reason=\"rate\"", counter, "Gaps announced to clients.")    \
  X(kEventsMissed, "ringside_events_missed_total", "", counter,                                    \
    "Events that connections lost while they were open: announced by gaps and replays.")           \
  X(kEventsBeyondHistory, "ringside_events_beyond_history_total", "", counter,                     \
    "Events after a client's `since` that the ring no longer held when it was asked.")             \
  X(kReplays, "ringside_replays", "", gauge, "Replays in progress.")                               \
  X(kReplaysStarted, "ringside_replays_started_total", "", counter, "Replays begun.")              \
  X(kFramesRendered, "ringside_frames_rendered_total", "", counter,                                \
    "Frames rendered; sent divided by this is the sharing.")                                       \
  X(kEventsParsed, "ringside_events_parsed_total", "", counter,                                    \
    "Events parsed for filtering or projection.")                                                  \
  X(kClose1000, "ringside_closes_total", "code=\"1000\"", counter, "Connections closed, by code.") \
  X(kClose1001, "ringside_closes_total", "code=\"1001\"", counter, "Connections closed, by code.") \
  X(kClose1003, "ringside_closes_total", "code=\"1003\"", counter, "Connections closed, by code.") \
  X(kClose1007, "ringside_closes_total", "code=\"1007\"", counter, "Connections closed, by code.") \
  X(kClose1008, "ringside_closes_total", "code=\"1008\"", counter, "Connections closed, by code.") \
  X(kClose1009, "ringside_closes_total", "code=\"1009\"", counter, "Connections closed, by code.") \
  X(kClose4001, "ringside_closes_total", "code=\"4001\"", counter, "Connections closed, by code.") \
  X(kClose4008, "ringside_closes_total", "code=\"4008\"", counter, "Connections closed, by code.") \
  X(kClose4009, "ringside_closes_total", "code=\"4009\"", counter, "Connections closed, by code.") \
  X(kClose4029, "ringside_closes_total", "code=\"4029\"", counter, "Connections closed, by code.") \
  X(kCloseOther, "ringside_closes_total", "code=\"other\"", counter,                               \
    "Connections closed, by code.")                                                                \
  X(kLagLe1Ms, "ringside_delivery_lag_seconds", "le=\"0.001\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe5Ms, "ringside_delivery_lag_seconds", "le=\"0.005\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe10Ms, "ringside_delivery_lag_seconds", "le=\"0.01\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe50Ms, "ringside_delivery_lag_seconds", "le=\"0.05\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe100Ms, "ringside_delivery_lag_seconds", "le=\"0.1\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe500Ms, "ringside_delivery_lag_seconds", "le=\"0.5\"", histogram,                         \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe1S, "ringside_delivery_lag_seconds", "le=\"1\"", histogram,                              \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLe10S, "ringside_delivery_lag_seconds", "le=\"10\"", histogram,                            \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagLeInf, "ringside_delivery_lag_seconds", "le=\"+Inf\"", histogram,                          \
    "Time from receipt in the worker to the write.")                                               \
  X(kLagSumUs, "ringside_delivery_lag_seconds", "sum_us", histogram,                               \
    "Time from receipt in the worker to the write.")                                               \
  X(kGapsSeries, "ringside_gaps_total", "reason=\"series\"", counter,                              \
    "Gaps announced to clients.")                                                                  \
  X(kSeriesLeftOut, "ringside_series_left_out_total", "", counter,                                 \
    "Values of metric series that snapshots could not keep.")                                      \
  X(kDeferrals, "ringside_deferrals_total", "", counter,                                           \
    "Times that a connection was served last because its user's filters cost too much.")           \
  X(kPlainConnectionsRefused, "ringside_plain_connections_refused_total", "", counter,             \
    "Connections refused or closed because too many were no WebSocket.")                           \
  X(kIngestOpen, "ringside_ingest_requests_open", "", gauge,                                       \
    "Requests with events that are being taken.")                                                  \
  X(kIngestRequests, "ringside_ingest_requests_total", "", counter,                                \
    "Requests with events whose body was taken to its end.")                                       \
  X(kIngestRefused, "ringside_ingest_refused_total", "", counter,                                  \
    "Requests with events that were refused, or failed before the end of their body.")             \
  X(kIngestBrokenOff, "ringside_ingest_broken_off_total", "", counter,                             \
    "Requests with events whose client went before the answer.")                                   \
  X(kIngestBytes, "ringside_ingest_body_bytes_total", "", counter,                                 \
    "Bytes of the bodies of requests with events, as clients sent them.")                          \
  X(kIdempotencyKeys, "ringside_idempotency_keys", "", gauge,                                      \
    "Idempotency-Keys that are remembered.")                                                       \
  X(kIdempotencyKeysEvicted, "ringside_idempotency_keys_evicted_total", "", counter,               \
    "Idempotency-Keys that were forgotten early for lack of room.")                                \
  X(kTicketsIssued, "ringside_tickets_issued_total", "", counter, "Tickets made.")                 \
  X(kTicketsUsed, "ringside_tickets_used_total", "", counter, "Tickets that opened something.")    \
  X(kTicketsRefused, "ringside_tickets_refused_total", "", counter,                                \
    "Tickets not made, or refused: unknown, used or over.")                                        \
  X(kConnectionsUnlisted, "ringside_connections_unlisted", "", gauge,                              \
    "Open connections that the list of connections has no place for.")                             \
  X(kConnectionsCut, "ringside_connections_cut_total", "", counter,                                \
    "Connections that an administrator has cut.")                                                  \
  X(kJwksFetched, "ringside_jwks_fetches_total", "result=\"good\"", counter,                       \
    "Attempts to fetch the keys of jwks.uri.")                                                     \
  X(kJwksFailed, "ringside_jwks_fetches_total", "result=\"failed\"", counter,                      \
    "Attempts to fetch the keys of jwks.uri.")                                                     \
  X(kHistoryBytes, "ringside_history_bytes", "", gauge,                                            \
    "Events in the history on disk, in bytes.")                                                    \
  X(kHistorySegments, "ringside_history_segments", "", gauge, "Files of the history on disk.")     \
  X(kHistoryStopped, "ringside_history_stopped", "", gauge,                                        \
    "1 while the history on disk cannot be written.")                                              \
  X(kHistoryErrors, "ringside_history_errors_total", "", counter,                                  \
    "Writes and syncs of the history on disk that failed.")                                        \
  X(kHistoryLost, "ringside_history_events_lost_total", "", counter,                               \
    "Events that the history on disk does not have because it could not be written.")              \
  X(kHistoryRemoved, "ringside_history_events_removed_total", "", counter,                         \
    "Events that were removed from the history on disk by size or age.")                           \
  X(kClusterAppended, "ringside_cluster_appended_events_total", "", counter,                       \
    "Events of this node that the log took and that came back.")                                   \
  X(kClusterBatches, "ringside_cluster_append_batches_total", "", counter,                         \
    "Batches sent to the log, again and again where it was necessary.")                            \
  X(kClusterConflicts, "ringside_cluster_append_conflicts_total", "", counter,                     \
    "Batches that the log refused because another node was faster.")                               \
  X(kClusterUnknown, "ringside_cluster_append_unknown_total", "", counter,                         \
    "Batches without an answer, which are sent again.")                                            \
  X(kClusterResubscribes, "ringside_cluster_resubscribes_total", "", counter,                      \
    "Times that messages of the log were missing and asked for again.")                            \
  X(kClusterForks, "ringside_cluster_forks_total", "", counter,                                    \
    "Times that the log had lost events that this node had.")                                      \
  X(kClusterRestored, "ringside_cluster_restored_events_total", "", counter,                       \
    "Events of this node that the log had lost and got again.")                                    \
  X(kClusterUnreadable, "ringside_cluster_unreadable_total", "", counter,                          \
    "Events of the log that could not be read, and messages of another history.")                  \
  X(kClusterOutbox, "ringside_cluster_outbox_events", "", gauge, "Events that wait for the log.")  \
  X(kClusterSpoolBytes, "ringside_cluster_spool_bytes", "", gauge, "Bytes of them on disk.")       \
  X(kClusterBehind, "ringside_cluster_behind_messages", "", gauge,                                 \
    "Messages of the log that are not in the ring yet.")                                           \
  X(kReadsPaused, "ringside_reads_paused_total", "", counter,                                      \
    "Times that nothing was read from a connection, because its user's messages cost too much.")

enum class Counter : std::uint16_t {
#define RINGSIDE_COUNTER_NAME(name, metric, labels, kind, help) name,
  RINGSIDE_COUNTERS(RINGSIDE_COUNTER_NAME)
#undef RINGSIDE_COUNTER_NAME
      kCount
};

// The names are in the table above as they are in Prometheus' TYPE lines.
// NOLINTNEXTLINE(readability-identifier-naming)
enum class CounterKind { counter, gauge, histogram };

struct CounterInfo {
  Counter counter;
  std::string_view metric;
  std::string_view labels;  // `key="value"`, empty for none
  CounterKind kind;
  std::string_view help;
};

[[nodiscard]] std::span<const CounterInfo> counter_table() noexcept;

}  // namespace ringside
