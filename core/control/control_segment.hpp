#pragma once
// ControlSegment: the small file, mapped read-write by worker, plugins and command line, in which
// processes meet: who is alive, what each has counted, how many connections each user has, who is
// revoked, whether to drain.
//
// Everything read from it is mistrusted: indices are bounded, a wrong layout is refused. Every slot
// has one writer, its process; totals are sums over slots. When a slot is reclaimed its gauges and
// quotas vanish, while its monotonic counters stay where they are and the slot's next process goes
// on from them: nothing is moved, so no sum ever decreases. Processes that share a segment may run
// as different users and in different PID namespaces. Source: docs/ring-format.md, "The control
// segment".

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/control/cluster_status.hpp"
#include "core/control/counters.hpp"
#include "core/control/listed_connection.hpp"
#include "core/control/revocation_record.hpp"

namespace ringside {

enum class ProcessKind : std::uint32_t { kWorker = 1, kPlugin = 2 };

struct ProcessInfo {
  std::uint32_t slot = 0;
  ProcessKind kind = ProcessKind::kPlugin;
  std::uint32_t pid = 0;
  WallTime started;
  WallTime heartbeat;
  bool draining = false;
};

// What to do with a file that is no control segment of this version: one of another layout, or a
// damaged one. A new segment takes its name; processes that use the old one keep it, and are not
// seen by those that use the new one.
enum class UnusableSegment { kRefuse, kReplace };

enum class RevocationKind : std::uint32_t { kUser = 1, kTokenId = 2 };

class ControlSegment {
 public:
  static constexpr std::uint32_t kMaxProcesses = 32;
  static constexpr std::uint32_t kMaxUsersPerProcess = 8192;
  static constexpr std::uint32_t kMaxRevocations = 65536;

  // Opens the segment at `path`, creating it (mode 0660) where it does not exist. Two that create at once meet in one file.
  // Only the worker replaces an unusable one: there is one worker, and it owns the run directory.
  //   Errors: cannot be made or mapped; unusable and not to be replaced (the message says why and what to do).
  [[nodiscard]] static Result<std::unique_ptr<ControlSegment>> open(
      const std::string& path, const Clock& clock,
      UnusableSegment unusable = UnusableSegment::kRefuse);
  // Whether another file has its name now: the worker replaced it, and what is counted and revoked
  // there is not seen here. Cost: two system calls.
  [[nodiscard]] bool is_replaced() const noexcept;
  ControlSegment(const ControlSegment&) = delete;
  ControlSegment& operator=(const ControlSegment&) = delete;
  ~ControlSegment();

  // Takes a slot for this process; slots of processes that have ended are reclaimed first. Joining
  // again first gives the former slot back. Errors: all slots are taken.
  //   Threads: join() and leave() by one thread while no other uses the segment.
  [[nodiscard]] Status join(ProcessKind kind);
  void leave() noexcept;  // gives the slot back, also done by the destructor
  void beat() noexcept;   // once a second; also reclaims the slots of processes that died
  void set_draining(bool yes) noexcept;

  // Counting, in this process's slot; without one, nothing happens. Threads: any. Cost: one relaxed
  // add on memory that no other process writes.
  void add(Counter counter, std::uint64_t n = 1) noexcept;
  void sub(Counter counter, std::uint64_t n = 1) noexcept;  // gauges
  // Gauges: the sum over the slots in use. Counters and histograms: over all that ever counted
  // here.
  [[nodiscard]] std::uint64_t total(Counter counter) const noexcept;
  [[nodiscard]] std::uint64_t own(Counter counter) const noexcept;  // since this process joined

  // Counts for each user, across processes. try_acquire adds one and returns true, unless that makes the sum over living
  // processes larger than `limit` (then nothing is added). Never admits more than `limit`, whoever else tries at the same time;
  // two processes that race for the last place may both be refused. False without a slot.
  //   Threads: any. Cost: 128 entries for each process, a hash of the name; a mutex of this process.
  enum class Quota : std::uint32_t { kConnections = 0, kReplays = 1 };
  [[nodiscard]] bool try_acquire(Quota quota, std::string_view user, std::uint32_t limit) noexcept;
  void release(Quota quota, std::string_view user) noexcept;
  [[nodiscard]] std::uint32_t in_use(Quota quota, std::string_view user) const noexcept;

  // Revocation: tokens of a user that were issued before now (in the same second counts as before,
  // `iat` being whole seconds), or the token with that id whenever it was issued, are refused from
  // now on and live connections closed. Stored as 64-bit hashes. A revocation is in force until
  // `keep` from now has passed, or without an end; revoking the same again never shortens it. None
  // that is in force is dropped for another: false means that all kMaxRevocations places are taken
  // and nothing was revoked.
  [[nodiscard]] bool revoke(RevocationKind kind, std::string_view subject,
                            std::optional<std::chrono::milliseconds> keep = {}) noexcept;
  // Takes a revocation back; tokens that it refused are good again. False: there was none. For undoing a mistake.
  bool undo_revocation(RevocationKind kind, std::string_view subject) noexcept;
  // The one that is in force for this user or token id.
  [[nodiscard]] std::optional<RevocationRecord> revocation_of(
      RevocationKind kind, std::string_view subject) const noexcept;
  [[nodiscard]] std::uint64_t revocation_generation()
      const noexcept;  // grows with each change of the revocations; one load
  [[nodiscard]] std::size_t n_revocations() const noexcept;
  //   Cost: a lookup each of user and token id, a hash for both when there are any revocations.
  [[nodiscard]] bool is_revoked(std::string_view user, std::string_view token_id,
                                std::optional<WallTime> issued) const noexcept;

  // For the worker, which keeps revocations over a reboot. Cost: a pass over a table of 3 MiB each.
  [[nodiscard]] std::vector<RevocationRecord> revocations() const;
  // Adds what is still in force; returns how many did not fit.
  [[nodiscard]] std::size_t restore_revocations(std::span<const RevocationRecord> records) noexcept;
  // Removes those that have ended, and those without an end that are older than `keep` (0: none).
  // Returns how many; none while another process holds the lock.
  std::size_t forget_revocations(std::chrono::milliseconds keep) noexcept;
  // The state of the file of revocations: the generation, and the errno of the last attempt (0: none).
  struct SavedRevocations {
    std::uint64_t generation = 0;
    int error = 0;
  };
  void set_saved_revocations(SavedRevocations saved) noexcept;
  [[nodiscard]] SavedRevocations saved_revocations() const noexcept;

  // The list of connections, of all processes. list_connection() gives a place that is this process's until it is given back;
  // nothing when the table (kMaxListed) is full, or without a slot.
  //   Threads: one writes; reading from any.  Cost: connections() looks at every place, and reads `limit` of them: about
  //   0.3 ms for a full table, and as much for each thousand that it returns.
  static constexpr std::size_t kMaxListed = 16384;
  [[nodiscard]] std::optional<std::uint32_t> list_connection(const ConnectionInfo& info);
  void update_connection(std::uint32_t place, const ConnectionNumbers& numbers) noexcept;
  void unlist_connection(std::uint32_t place) noexcept;
  // At most `limit`, those of one user if given.
  [[nodiscard]] ConnectionList connections(std::size_t limit,
                                           const std::optional<std::string>& user = {}) const;

  // Asks every process to cut one connection, or those of a user, whether they are listed or not.
  enum class CutKind : std::uint32_t { kConnection = 1, kUser = 2 };
  struct CutRequest {
    CutKind kind = CutKind::kConnection;
    std::uint64_t key = 0;  // its id, or cut_key_of(user)
  };
  [[nodiscard]] std::uint64_t cut_key_of(std::string_view user) const noexcept;
  // False when a process that lives has not looked at the last thousand: nothing was requested. Waits for another process that
  // changes the segment; with `waits` false, for threads that must not, the result is false then, too.
  [[nodiscard]] bool request_cut(CutRequest request, bool waits = true) noexcept;
  // Those that are new to this process. Cost: one load when there are none.
  [[nodiscard]] std::vector<CutRequest> take_cuts();

  // Tickets: each is good once, in any process, until its lifetime has passed.
  struct Ticket {
    std::uint32_t place = 0;
    std::uint64_t word = 0;
  };
  // Nothing when this user has 64 to 128 that are neither used nor over.
  [[nodiscard]] std::optional<Ticket> issue_ticket(std::string_view user,
                                                   std::chrono::seconds lifetime) noexcept;
  // Whether it was good; it no longer is.
  [[nodiscard]] bool use_ticket(Ticket ticket) noexcept;

  // What the worker says of the cluster; the state kNone without one. Threads: the worker's one writes.
  //   Cost: cluster() copies 320 bytes; cluster_generation() is one load, and differs when the state has changed.
  void set_cluster(const ClusterStatus& status) noexcept;
  [[nodiscard]] ClusterStatus cluster() const;
  [[nodiscard]] std::uint64_t cluster_generation() const noexcept;

  // A key for this purpose, the same in all processes that use this segment; random, and new with each segment.
  [[nodiscard]] std::array<std::uint64_t, 2> key_for(std::string_view purpose) const noexcept;

  // Drain: asks every plugin process (or the one with `pid`) to close its connections with 1001,
  // spread over `spread`.
  void request_drain(std::uint32_t pid,
                     std::chrono::milliseconds spread) noexcept;  // pid 0: all that live now
  struct DrainRequest {
    std::uint64_t generation = 0;  // differs from the last one seen: a new request
    std::chrono::milliseconds spread{0};
  };
  [[nodiscard]] DrainRequest drain_request()
      const noexcept;  // the newest that addresses this process

  [[nodiscard]] std::vector<ProcessInfo> processes() const;  // the living

 private:
  class Impl;  // core/control/control_segment.cpp
  explicit ControlSegment(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ringside
