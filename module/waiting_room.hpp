#pragma once
// WaitingRoom: how many connections may be open without a token, in total and for each address. A place is an object, so
// that it cannot be taken twice or kept after its connection.
//
// Threads: the lws service thread only.

#include <memory>
#include <string>
#include <unordered_map>

namespace ringside {

class WaitingRoom {
 public:
  // A place in the room; gives it back when it is destroyed.
  class Place {
   public:
    Place(WaitingRoom& room, std::string address) : room_(&room), address_(std::move(address)) {}
    Place(Place&& other) noexcept : room_(other.room_), address_(std::move(other.address_)) {
      other.room_ = nullptr;
    }
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (room_ != nullptr) {
        room_->leave(address_);
      }
    }

   private:
    WaitingRoom* room_;
    std::string address_;
  };

  WaitingRoom(unsigned max_total, unsigned max_per_address)
      : max_total_(max_total), max_per_address_(max_per_address) {}

  // Null when the room is full. The room must outlive the place.
  [[nodiscard]] std::unique_ptr<Place> try_enter(const std::string& address);
  [[nodiscard]] unsigned size() const noexcept { return size_; }

 private:
  void leave(const std::string& address) noexcept;

  unsigned max_total_;
  unsigned max_per_address_;
  unsigned size_ = 0;
  std::unordered_map<std::string, unsigned> per_address_;
};

}  // namespace ringside
