// The checksum of a message covers all before it, so one comparison says whether it continues what was read.
#include "worker/cluster/reading.hpp"

namespace ringside::cluster {

void Rival::take(const LogMessage& message) noexcept {
  const bool continues =
      n_messages_ != 0 && message.base == end_ && message.chain == chain_of(chain_, message);
  if (!continues) {
    first_ = message.number;
    n_messages_ = 0;
  }
  ++n_messages_;
  end_ = message.base + message.count;
  chain_ = message.chain;
}

void Reading::begin_at(const LogMessage& part) {
  *this = {};
  knows_start_ = true;
  first_ = part.number;
  move_to(part);
}

void Reading::begin_after(std::uint64_t number) {
  *this = {};
  number_ = end_.number = number;
}

void Reading::move_to(const LogMessage& message) noexcept {
  number_ = last_part_ = message.number;
  ++n_parts_;
  end_ = {message.number, message.base + message.count, message.chain,
          message.epoch,  message.previous_epoch,       message.valid_through};
}

Reading::Verdict Reading::take(const LogMessage& message) {
  if (message.number <= number_) {
    return Verdict::kKnown;
  }
  if (message.number != number_ + 1 && n_parts_ != 0) {
    return Verdict::kMissing;
  }
  first_ = first_ == 0 ? message.number : first_;
  const bool is_first = n_parts_ == 0 && message.is_of_a_node();
  if (is_first || (message.base == end_.base && message.chain == chain_of(end_.chain, message))) {
    move_to(message);
    return Verdict::kPart;
  }
  if (message.is_of_a_node()) {
    rival_.take(message);
    if (!knows_start_ && rival_.n_messages() > n_parts_) {
      begin_after(rival_.first() - 1);
      return Verdict::kAgain;
    }
  }
  left_out_[message.number] = message.chain;
  number_ = end_.number = message.number;
  return Verdict::kVoid;
}

}  // namespace ringside::cluster
