#pragma once
// NodeRing: the ring file of a node, which is replaced when the log says so.
//
// Threads: the loop's.

#include <functional>
#include <memory>
#include <string>

#include "core/ring/writer.hpp"
#include "worker/cluster/local_ring.hpp"

namespace ringside::cluster {

class NodeRing final : public LocalRing {
 public:
  // `options`: of a ring that is made here. `on_replaced`: a former file may have to be removed.
  NodeRing(std::unique_ptr<RingWriter> ring, RingOptions options, const Clock& clock,
           std::function<void()> on_replaced);

  // The ring that is written now.
  [[nodiscard]] RingWriter& writer() noexcept { return *ring_; }

  [[nodiscard]] bool is_open() const noexcept override { return is_of_the_log_; }
  [[nodiscard]] Epoch epoch() const noexcept override { return ring_->epoch(); }
  [[nodiscard]] Seq head() const noexcept override;
  [[nodiscard]] std::size_t max_record_bytes() const noexcept override {
    return ring_->max_record_bytes();
  }
  [[nodiscard]] Status start(const RingStart& start) override;
  void append(std::string_view name, std::string_view object, std::string_view rest,
              WallTime received) override;
  [[nodiscard]] std::optional<std::string> text_of(Seq seq) const override;
  void wake() noexcept override;

 private:
  std::unique_ptr<RingWriter> ring_;
  RingOptions options_;
  const Clock& clock_;
  std::function<void()> on_replaced_;
  bool is_of_the_log_;
  bool has_new_ = false;
};

}  // namespace ringside::cluster
