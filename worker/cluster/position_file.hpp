#pragma once
// PositionFile: the position in a small file beside the ring, mapped, so that it lives as long as the ring does: it survives
// the process and not the machine.
//
// Threads: the loop's.

#include <memory>
#include <string>

#include "core/base/result.hpp"
#include "core/shm/mapping.hpp"
#include "worker/cluster/position.hpp"

namespace ringside::cluster {

class PositionFile final : public PositionStore {
 public:
  // Makes the file where it is not there. Errors: it cannot be made or mapped.
  [[nodiscard]] static Result<std::unique_ptr<PositionFile>> open(const std::string& path);

  [[nodiscard]] std::optional<Position> load() const override;
  void save(const Position& position) noexcept override;

 private:
  explicit PositionFile(Mapping mapping) : mapping_(std::move(mapping)) {}
  Mapping mapping_;
};

}  // namespace ringside::cluster
