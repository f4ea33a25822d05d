#pragma once
// IdempotencyKeys: what became of requests that had an Idempotency-Key, so that a repeated one takes nothing twice.
//
// Remembered for a key of a user: how many events of its body are dealt with, a hash of those, and the report on them. A
// repetition skips so many, which must hash to the same, and continues after them; so it does not matter where the first
// attempt was broken off. The memory ends with the worker, after kMaxAge, and when there is no room: the key that was not
// used for the longest time goes first, first of all the user's own when they have an eighth of the room.
//
// Threads: the loop's.

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/time.hpp"
#include "core/proto/ingest_wire.hpp"

namespace ringside {

class IdempotencyKeys {
  struct Entry;
  using Entries = std::list<Entry>;

 public:
  static constexpr std::chrono::hours kMaxAge{24};
  static constexpr std::size_t kUserShare = 8;  // a user has at most the eighth part

  // What is known of a request's events, from the first on.
  struct Progress {
    std::uint64_t n_events = 0;
    std::uint64_t hash = 0;
    IngestReport report;
  };

  // One request at a time works on a key. While this exists, the key is not forgotten.
  class Claim {
   public:
    Claim(IdempotencyKeys& keys, Entries::iterator entry) : keys_(&keys), entry_(entry) {}
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    [[nodiscard]] const Progress& before() const noexcept;
    // Replaces it: called when events were dealt with.
    void note(Progress progress);

   private:
    IdempotencyKeys* keys_;
    Entries::iterator entry_;
  };

  explicit IdempotencyKeys(const Clock& clock) : clock_(clock) {}
  IdempotencyKeys(const IdempotencyKeys&) = delete;
  IdempotencyKeys& operator=(const IdempotencyKeys&) = delete;

  // Bytes that all of it may take. Applies from the next change on.
  void set_room(std::size_t n_bytes) noexcept { room_ = n_bytes; }

  // Null while another request has it.
  [[nodiscard]] std::unique_ptr<Claim> claim(IngestKind kind, std::string_view user,
                                             std::string_view key);

  [[nodiscard]] std::size_t n_keys() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }
  // Forgotten for lack of room, since the start.
  [[nodiscard]] std::uint64_t n_evicted() const noexcept { return n_evicted_; }

 private:
  struct Entry {
    std::string name;  // of kind, user and key
    std::string user;
    Progress progress;
    MonoTime used;
    std::size_t n_bytes = 0;
    bool is_claimed = false;
  };

  void charge(Entry& entry);
  void forget(Entries::iterator entry) noexcept;
  void make_room(const std::string& user) noexcept;
  void forget_old(MonoTime now) noexcept;

  const Clock& clock_;
  std::size_t room_ = 8U << 20U;
  std::size_t n_bytes_ = 0;
  std::uint64_t n_evicted_ = 0;
  Entries entries_;  // the one that was not used for the longest time first
  std::unordered_map<std::string_view, Entries::iterator> by_name_;
  std::unordered_map<std::string, std::size_t> bytes_of_user_;
};

}  // namespace ringside
