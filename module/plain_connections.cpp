// Two lists in the order of waiting, of all and of each address, so that finding the one to close takes no search.
#include "module/plain_connections.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <iterator>
#include <utility>

namespace ringside {
namespace {

constexpr std::chrono::seconds kUndisturbed{1};

}  // namespace

void PlainConnections::append(Entry entry) {
  const Order::iterator in_all = order_.insert(order_.end(), std::move(entry));
  auto& mine = by_address_[in_all->address].order;
  by_id_[in_all->id] = Place{in_all, mine.insert(mine.end(), in_all)};
}

PlainConnections::Verdict PlainConnections::evict(Order::iterator oldest, MonoTime now) {
  if (now - oldest->since < kUndisturbed) {
    return {false, nullptr};
  }
  const Id id = oldest->id;
  remove(id);
  return {true, id};
}

PlainConnections::Verdict PlainConnections::admit(const std::string& address, const Limits& limits,
                                                  MonoTime now) {
  Verdict verdict;
  const auto mine = by_address_.find(address);
  if (mine != by_address_.end() && limits.per_address != 0 &&
      mine->second.order.size() >= limits.per_address) {
    verdict = evict(mine->second.order.front(), now);
  } else if (limits.total != 0 && !order_.empty() && size() >= limits.total) {
    verdict = evict(order_.begin(), now);
  }
  if (verdict.admitted) {
    admitted_ = address;
  }
  return verdict;
}

void PlainConnections::add(Id id, MonoTime now) {
  remove(id);
  append({id, std::exchange(admitted_, {}), now});
}

void PlainConnections::touch(Id id, MonoTime now) {
  const auto at = by_id_.find(id);
  if (at != by_id_.end()) {
    Entry entry = *at->second.in_all;
    remove(id);
    entry.since = now;
    append(std::move(entry));
  }
}

void PlainConnections::remove(Id id) noexcept {
  const auto at = by_id_.find(id);
  if (at == by_id_.end()) {
    return;
  }
  const Place place = at->second;
  by_id_.erase(at);
  const auto mine = by_address_.find(place.in_all->address);
  mine->second.order.erase(place.in_address);
  if (mine->second.order.empty()) {
    by_address_.erase(mine);
  }
  order_.erase(place.in_all);
}

std::string counted_address(const void* socket_address) {
  sockaddr_storage storage{};
  std::memcpy(&storage.ss_family,
              static_cast<const char*>(socket_address) + offsetof(sockaddr, sa_family),
              sizeof(storage.ss_family));
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, socket_address, sizeof(v4));
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, socket_address, sizeof(v6));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    } else {
      std::memset(&v6.sin6_addr.s6_addr[8], 0, 8);
      inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    }
  }
  return text.data();
}

}  // namespace ringside
