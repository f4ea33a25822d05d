// The chain covers what decides an event's id and text, and not who appended it or when: those do not make two histories
// different for a reader.
#include "worker/cluster/log.hpp"

#include <array>

#include "core/shm/hash.hpp"

namespace ringside::cluster {

std::uint64_t chain_of(std::uint64_t before, const LogMessage& message) noexcept {
  const std::array<std::uint64_t, 5> words{before, hash64(message.body), message.base,
                                           message.count, message.epoch.value};
  return hash64(words.data(), sizeof words);
}

}  // namespace ringside::cluster
