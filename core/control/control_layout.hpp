#pragma once
// The control segment, byte for byte: docs/ring-format.md, "The control segment", in C++. Change
// both in one commit and raise kControlLayoutVersion.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/control/counters.hpp"

namespace ringside::control {

inline constexpr std::uint64_t kMagic = 0x4c525443474e4952;  // "RINGCTRL", little-endian
inline constexpr std::uint64_t kControlLayoutVersion = 5;

inline constexpr std::size_t kSlots = 32;
inline constexpr std::size_t kCounterWords = 256;  // room for counters to come
inline constexpr std::size_t kMaxRevocations = 65536;
inline constexpr std::size_t kRevocationPlaceBits = 17;  // twice as many places, for short searches
inline constexpr std::size_t kRevocationPlaces = std::size_t{1} << kRevocationPlaceBits;
inline constexpr std::size_t kQuotas = 2;
// A user's entry may be anywhere in the two buckets that its hash names, and goes to the emptier
// one. A bucket has 64 places for 32 users on average when the table has the 8,192 users that it
// is made for; with the choice of two, no bucket comes near 64 then.
inline constexpr std::size_t kBucketEntries = 64;
inline constexpr std::size_t kBuckets = 256;

// A ticket may be in any place of two buckets that its user names, so that one user fills two of 1,024.
inline constexpr std::size_t kTicketBuckets = 1024;
inline constexpr std::size_t kTicketBucketPlaces = 64;
inline constexpr std::size_t kListedConnections = 16384;
static_assert((kListedConnections & (kListedConnections - 1)) == 0);
inline constexpr std::size_t kListedTextWords = 36;  // of user, roles and address
inline constexpr std::size_t kClusterNodeWords = 8;
inline constexpr std::size_t kClusterReasonWords = 24;
inline constexpr std::size_t kCutRequests = 1024;  // the latest

static_assert(static_cast<std::size_t>(Counter::kCount) <= kCounterWords);

using SharedU64 = std::atomic<std::uint64_t>;
using SharedU32 = std::atomic<std::uint32_t>;
static_assert(SharedU64::is_always_lock_free && sizeof(SharedU64) == 8);
static_assert(SharedU32::is_always_lock_free && sizeof(SharedU32) == 4);

struct UserEntry {
  SharedU64 hash;            // 0: never used
  SharedU32 count[kQuotas];  // all 0: free for another user
};
static_assert(sizeof(UserEntry) == 16);

// The slot of one process. Written by it alone, except `drain_*` and when the slot is taken or
// reclaimed under the lock.
struct alignas(4096) Slot {
  // 0: free. Stored last when a slot is taken, first when it is given back. Only to tell people and
  // to address a drain; whether the process lives is for core/shm/byte_lock.hpp to say.
  SharedU64 pid;
  SharedU64 kind;
  SharedU64 started_ns;
  SharedU64 heartbeat_ns;
  SharedU64 draining;
  SharedU64 incarnation;  // of the slot's owner: another one for each that joins
  SharedU64 cuts_seen;    // the newest request to cut connections that it has carried out
  alignas(64) SharedU64 drain_generation;
  SharedU64 drain_spread_ms;
  alignas(64) SharedU64 counters[kCounterWords];
  alignas(64) UserEntry users[kBuckets][kBucketEntries];
};
static_assert(offsetof(Slot, drain_generation) == 64);
static_assert(offsetof(Slot, counters) == 128);
static_assert(offsetof(Slot, users) == 2176);
static_assert(sizeof(Slot) == 266240);

struct Revocation {
  SharedU64 key;  // hash of kind and subject; 0: never used, 1: removed
  SharedU64 time_ns;
  SharedU64 until_ns;  // 0: no end
};

// One connection. Its owner writes it; everybody reads it, and looks at `version` before and after.
struct ListedConnection {
  SharedU64
      owner;  // 0: free; else the slot (8 bits, from 1) and above it the slot's incarnation: free when that has gone
  SharedU64 version;  // odd while it is being written
  SharedU64 id;
  SharedU64 user_hash;
  SharedU64 form;  // endpoint, transport and the lengths of the three texts, 8 bits each
  SharedU64 view;  // equal for those that see the same
  SharedU64 since_ns;
  SharedU64 behind;  // events
  SharedU64 sent;    // events
  SharedU64 bytes;
  SharedU64 missed;  // events
  SharedU64 reserved;
  SharedU64 texts[kListedTextWords];
};
static_assert(sizeof(ListedConnection) == 384);

// What the worker says of the cluster: core/control/cluster_status.hpp. All zero without one.
struct Cluster {
  SharedU64 version;  // odd while it is being written
  SharedU64 state;
  SharedU64 generation;  // grows with each change of the state
  SharedU64 head;
  SharedU64 behind;
  SharedU64 current_mono_ns;
  SharedU64 changed_ns;
  SharedU64 lengths;  // of the two texts, 8 bits each; bit 16: it serves
  SharedU64 node[kClusterNodeWords];
  SharedU64 reason[kClusterReasonWords];
};
static_assert(sizeof(Cluster) == 320);

struct CutRequest {
  SharedU64 kind;
  SharedU64 key;  // a connection's id, or the hash of a user
};

struct Segment {
  SharedU64 magic;
  SharedU64 layout_version;
  SharedU64 file_bytes;
  SharedU64 created_ns;
  SharedU64 hash_key[2];  // random, for the hashes of user names
  alignas(64) SharedU64 revocation_generation;
  SharedU64 revocation_count;       // in the table
  SharedU64 revocation_saved;       // the newest generation that the worker has written to a file
  SharedU64 revocation_save_error;  // errno of the worker's last attempt; 0: none
  alignas(64) SharedU64
      cut_generation;      // requests ever made; the newest is at this number, modulo kCutRequests
  SharedU64 incarnations;  // slots ever taken
  alignas(64) Cluster cluster;
  alignas(4096) Revocation revocations[kRevocationPlaces];
  alignas(4096) Slot slots[kSlots];
  // 0: free. Else when it ends (seconds since 1970, 32 bits) above a random number: one word, so that it is used once.
  alignas(4096) SharedU64 tickets[kTicketBuckets][kTicketBucketPlaces];
  alignas(4096) CutRequest cuts[kCutRequests];
  alignas(4096) ListedConnection connections[kListedConnections];
};
static_assert(offsetof(Segment, revocation_generation) == 64);
static_assert(offsetof(Segment, cluster) == 192);
static_assert(offsetof(Segment, revocations) == 4096);
static_assert(sizeof(Revocation) == 24);
static_assert(offsetof(Segment, slots) == 3149824);
static_assert(offsetof(Segment, tickets) == 3149824 + kSlots * sizeof(Slot));
static_assert(offsetof(Segment, cuts) == offsetof(Segment, tickets) + 524288);
static_assert(offsetof(Segment, connections) == offsetof(Segment, cuts) + 16384);
static_assert(sizeof(Segment) == offsetof(Segment, connections) + 6291456);

}  // namespace ringside::control
