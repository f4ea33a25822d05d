#pragma once
// ClusterStatus: what a node's worker tells the other processes of its machine about its place in the cluster.
//
// Source: docs/cluster.md, "The states of a node".

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/time.hpp"

namespace ringside {

enum class ClusterState : std::uint32_t {
  kNone = 0,  // one machine, no cluster
  kJoining = 1,
  kLive = 2,
  kCut = 3,
  kFenced = 4,
};

// "joining", "live", "cut", "fenced"; empty for kNone.
[[nodiscard]] std::string_view name_of(ClusterState state) noexcept;

struct ClusterStatus {
  static constexpr std::size_t kMaxNodeBytes = 64;
  static constexpr std::size_t kMaxReasonBytes = 192;

  ClusterState state = ClusterState::kNone;
  std::uint64_t head = 0;    // the last sequence of the log that this node knows of
  std::uint64_t behind = 0;  // messages of the log that are not in the ring yet
  MonoTime current;          // when the ring last had all of the log; the machine's monotonic clock
  WallTime changed;          // when the state changed
  bool serves = false;       // whether load balancers should send clients here
  std::string node;          // at most kMaxNodeBytes
  std::string reason;        // why it is cut or fenced; at most kMaxReasonBytes are kept
};

}  // namespace ringside
