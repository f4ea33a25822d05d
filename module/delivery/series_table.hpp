#pragma once
// SeriesTable: the latest MetricUpdate of every series (metric name and labels), for snapshots, for
// clients that asked for at most one value in an interval, and for those too slow for every value.
// One table serves all connections of a process.
//
// It starts with the first connection that needs it and fills itself from the ring in slices, so
// that no turn of the loop is long. Threads: the lws service thread only.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "module/delivery/frame_cache.hpp"
#include "module/delivery/record_cache.hpp"

namespace ringside {

class SeriesTable {
 public:
  static constexpr std::size_t kMaxSeries = 20'000;

  // Begins to fill from the oldest record held. Nothing happens the second time.
  void start(RecordCache& records, Seq oldest);
  [[nodiscard]] bool started() const noexcept { return started_; }
  // Whether everything up to the head is in.
  [[nodiscard]] bool caught_up(const RecordCache& records) const noexcept {
    return started_ && next_ > records.head();
  }

  // Takes in at most `max_records` more. Returns whether there is more to do.
  bool update(RecordCache& records, std::size_t max_records);

  // Renders the latest value of each series that is in `view` and younger than `after`, in order of
  // sequence; and all other selected events are none of its business. `end` of the chunk is what
  // the table has seen.
  [[nodiscard]] std::shared_ptr<Chunk> render(RenderContext& context, const View& view,
                                              FrameShape shape, Seq after);

  [[nodiscard]] std::size_t size() const noexcept { return series_.size(); }
  [[nodiscard]] std::uint64_t n_overflowed() const noexcept { return n_overflowed_; }

 private:
  bool started_ = false;
  Seq next_;
  std::unordered_map<std::string, std::unique_ptr<CachedRecord>> series_;
  std::map<Seq, CachedRecord*> by_seq_;
  std::uint64_t n_overflowed_ = 0;  // values of series beyond kMaxSeries, which snapshots leave out
};

// The identity of a metric's series: name and labels, independent of the labels' order. Empty for
// what is no metric.
[[nodiscard]] std::string series_key(JsonRef event);

}  // namespace ringside
