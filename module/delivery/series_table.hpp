#pragma once
// SeriesTable: the latest MetricUpdate of every series (metric name and labels), for snapshots, for clients that asked for
// at most one value in an interval, and for those too slow for every value. One table serves all connections of a process.
//
// Where there are roles that see only some rows, members that these are told apart by are part of a series' identity.
//
// It starts with the first connection that needs it and fills itself from the ring in slices. Its memory is bounded: when
// it is full the series that has been silent for the longest time is evicted, and every client is told.
//
// Threads: the lws service thread only.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "module/delivery/frame_cache.hpp"
#include "module/delivery/record_cache.hpp"

namespace ringside {

class SeriesTable {
 public:
  static constexpr std::size_t kMaxSeries = 20'000;
  static constexpr std::size_t kMaxBytes = 16u << 20u;
  static constexpr std::size_t kMaxPaths =
      16;  // with more, everything but the value tells series apart
  static constexpr std::size_t kMaxEventBytes = 4u << 10u;   // a longer event is not kept
  static constexpr std::size_t kMaxChunkBytes = 64u << 10u;  // of frames in one chunk of render()

  // Begins to fill from the oldest record held. Nothing happens the second time.
  void start(RecordCache& records, Seq oldest);
  // From now on, the values at these paths (see RowFilter::paths()) are part of a series' identity, too. With a path that is
  // new, it begins again from `oldest`.
  void separate_by(const std::vector<std::string>& paths, Seq oldest);
  // Whether everything up to the head is in.
  [[nodiscard]] bool caught_up(const RecordCache& records) const noexcept {
    return started_ && next_ > records.head();
  }
  // The next sequence that it will take in.
  [[nodiscard]] Seq next() const noexcept { return next_; }

  // Takes in more, as long as the budget lasts. Returns whether there is more to do.
  bool update(RecordCache& records, WorkBudget& budget);

  // Renders the latest value of series that are in `view` and younger than `after`, in order of sequence: as many as fit
  // one chunk and the budget. `end` of the chunk is one past the last sequence looked at, or next() when none is left.
  [[nodiscard]] std::shared_ptr<Chunk> render(RenderContext& context, const View& view,
                                              FrameShape shape, Seq after);

  // How many values younger than `after` were left out, because the table was full or the event too long.
  [[nodiscard]] std::uint64_t n_left_out(Seq after) const noexcept;
  [[nodiscard]] std::uint64_t n_left_out() const noexcept { return n_left_out_; }

  [[nodiscard]] std::size_t size() const noexcept { return series_.size(); }
  [[nodiscard]] std::size_t n_bytes() const noexcept { return n_bytes_; }

 private:
  struct Series {
    std::string key;
    CachedRecord record;
    [[nodiscard]] std::size_t n_bytes() const noexcept;
  };
  void take(std::string key, const Record& record);
  void evict_oldest();
  void leave_out(Seq seq);

  bool started_ = false;
  std::vector<std::string> paths_;  // that the rows of roles are told apart by
  Seq next_;
  std::unordered_map<std::string, std::unique_ptr<Series>> series_;
  std::map<Seq, Series*> by_seq_;
  std::size_t n_bytes_ = 0;
  // The sequences of what was left out, ascending, the latest of them; a client that is older than the first is told of
  // all.
  static constexpr std::size_t kMaxLeftOut = 65'536;
  std::deque<Seq> left_out_;
  std::uint64_t n_left_out_ = 0;
};

// The identity of a metric's series: name and labels, independent of the labels' order. Empty for an event that is not a
// metric.
[[nodiscard]] std::string series_key(JsonRef event);
// The same with the values at `paths`, as filters read them; "*" is everything but the value.
[[nodiscard]] std::string series_key(const EventView& event, const std::vector<std::string>& paths);

}  // namespace ringside
