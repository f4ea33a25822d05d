#pragma once
// PlainConnections: the connections that are no WebSocket, at least not yet, and how many of them there may be, in total
// and for each address.
//
// When there are too many, the one that has waited longest makes place: it has had its second, and whoever sends a whole
// request at once is served within less. So someone who opens connections and says nothing keeps nobody out but himself.
//
// Threads: the lws service thread only. Cost: a hash look-up or two for each connection.

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "core/base/time.hpp"

namespace ringside {

class PlainConnections {
 public:
  using Id = const void*;  // whatever names a connection

  struct Limits {
    unsigned total = 0;  // 0: none
    unsigned per_address = 0;
  };
  struct Verdict {
    bool admitted = true;
    Id evicted = nullptr;  // to be closed; it is forgotten already
  };

  // A connection comes from `address`; the next add() is its.
  [[nodiscard]] Verdict admit(const std::string& address, const Limits& limits, MonoTime now);
  void add(Id id, MonoTime now);
  // One of its requests was answered: it waits from now on. Unknown ones are ignored here and in remove().
  void touch(Id id, MonoTime now);
  // It became a WebSocket, or is closed.
  void remove(Id id) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }

 private:
  struct Entry {
    Id id;
    std::string address;
    MonoTime since;
  };
  using Order = std::list<Entry>;  // by `since`, the oldest first
  struct PerAddress {
    std::list<Order::iterator> order;  // the same order
  };
  struct Place {
    Order::iterator in_all;
    std::list<Order::iterator>::iterator in_address;
  };

  void append(Entry entry);
  [[nodiscard]] Verdict evict(Order::iterator oldest, MonoTime now);

  Order order_;
  std::unordered_map<Id, Place> by_id_;
  std::unordered_map<std::string, PerAddress> by_address_;
  std::string admitted_;  // the address of the next add()
};

// What an address counts as: an IPv6 one as its network of 64 bits, which one subscriber has as a whole; an IPv4 one, also
// when it comes in IPv6, as itself. `family_and_address` is a sockaddr.
[[nodiscard]] std::string counted_address(const void* socket_address);

}  // namespace ringside
