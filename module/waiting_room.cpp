// The map holds an entry only while someone from that address waits, so it cannot outgrow the total.
#include "module/waiting_room.hpp"

#include "core/base/check.hpp"

namespace ringside {

std::unique_ptr<WaitingRoom::Place> WaitingRoom::try_enter(const std::string& address) {
  const auto at = per_address_.find(address);
  const unsigned here = at == per_address_.end() ? 0 : at->second;
  if (size_ >= max_total_ || here >= max_per_address_) {
    return nullptr;
  }
  auto place = std::make_unique<Place>(*this, address);
  ++per_address_[address];
  ++size_;
  return place;
}

void WaitingRoom::leave(const std::string& address) noexcept {
  const auto at = per_address_.find(address);
  RS_CHECK(at != per_address_.end() && size_ > 0);
  if (--at->second == 0) {
    per_address_.erase(at);
  }
  --size_;
}

}  // namespace ringside
