#pragma once
// SourcesStatus: keeps `sources.json` in the run directory up to date, from which `ringside status` reads how the sources do.
// It is a source itself, the last one, so that it is started and stopped with them.
//
//   {"version":1,"updated":"2025-09-26T10:00:00.000000Z","pid":1,"sources":[{"name","state","events","refused","errors",
//    "last_error","details":{}}]}
//
// Written when something changed, every two seconds at most; removed at the stop.

#include <memory>
#include <string>
#include <vector>

#include "worker/net/loop_handles.hpp"
#include "worker/sources/builtin_source.hpp"

namespace ringside {

class SourcesStatus final : public Source {
 public:
  // `sources` must outlive this.
  SourcesStatus(const SourceContext& context, std::vector<const BuiltinSource*> sources);

  [[nodiscard]] std::string_view name() const noexcept override { return "sources_status"; }
  [[nodiscard]] Status start() override;
  void stop() override;

 private:
  void write();

  SourceContext context_;
  std::vector<const BuiltinSource*> sources_;
  std::string path_;
  std::string written_;
  std::unique_ptr<LoopTimer> timer_;
};

}  // namespace ringside
