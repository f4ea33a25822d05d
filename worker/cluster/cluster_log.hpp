#pragma once
// ClusterLog: the event log of a node of a cluster. What the pipeline accepts goes into the outbox; it is stored when the
// log has it and it has come back.
//
// Threads: the loop's.

#include <functional>
#include <string>

#include "worker/cluster/log.hpp"
#include "worker/cluster/node.hpp"
#include "worker/cluster/outbox.hpp"
#include "worker/event_log.hpp"

namespace ringside::cluster {

class ClusterLog final : public EventLog {
 public:
  // `max_event_bytes`: of the ring's records and of the log's messages, the lesser. `on_turn` is called at the end of a turn in
  // which something was appended.
  ClusterLog(Outbox& outbox, std::size_t max_event_bytes, std::function<void()> on_turn);

  [[nodiscard]] Ticket append(const AcceptedEvent& entry) override;
  [[nodiscard]] Ticket stored_up_to() const noexcept override { return outbox_.confirmed(); }
  [[nodiscard]] std::size_t max_event_bytes() const noexcept override { return max_event_bytes_; }
  [[nodiscard]] bool is_full() const noexcept override { return outbox_.is_full(); }
  void end_turn() noexcept override;

 private:
  Outbox& outbox_;
  std::size_t max_event_bytes_;
  std::function<void()> on_turn_;
  std::string text_;
  bool appended_ = false;
};

}  // namespace ringside::cluster
