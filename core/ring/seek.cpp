// Seeking: the index gives a record at most a stride before the one that is wanted, and a walk over
// record headers finds the rest. An entry of the index is believed only as far as the walk confirms
// it: each header must carry the sequence that the walk expects. Where the index is of no use
// (everything that it names is overwritten, or the file is damaged), the walk begins at the tail.
//
// The writer continues meanwhile. When it overtakes the walk, the answer is the new tail: what was
// wanted may be gone, and if it is not, it lies after the tail, so nothing is skipped; after a few
// such races the tail is the answer in any case.
#include <algorithm>

#include "core/ring/layout.hpp"
#include "core/ring/mark.hpp"
#include "core/ring/reader.hpp"
#include "core/ring/record_format.hpp"
#include "core/ring/time_index.hpp"

namespace ringside {
namespace {

constexpr int kMaxAttempts = 8;
constexpr std::int64_t kClockSlackNs = 250'000'000;

// The place after the last record that is older.
struct TimeSought {
  std::int64_t time_ns;
  std::int64_t slack_ns;
  std::optional<Cursor> found = std::nullopt;

  void look_at(const RecordHeader& header, const Cursor& at) noexcept {
    if (header.received_ns < time_ns - slack_ns) {
      found.reset();
    } else if (header.received_ns >= time_ns && !found) {
      found = at;
    }
  }
};

}  // namespace

// Moves `at` to the first record for which stop(header) holds.
template <class Stop>
RingReader::Walk RingReader::walk(Cursor& at, Stop stop) const noexcept {
  const DataArea data(file_ + kDataOffset, geometry_.capacity_bytes);
  const std::uint64_t max_steps = geometry_.capacity_bytes / kRecordHeaderBytes;
  for (std::uint64_t step = 0; step <= max_steps; ++step) {
    if (at.seq > head()) {
      return Walk::kEnd;
    }
    const std::optional<DataArea::Located> record = data.locate(at.position, at.seq.value);
    if (tail_seq() > at.seq.value) {
      return Walk::kOverwritten;
    }
    if (!record) {
      return Walk::kBroken;
    }
    if (stop(record->header)) {
      return Walk::kFound;
    }
    at = {record->end(), at.seq.next()};
  }
  return Walk::kOverwritten;  // the writer appends as fast as we walk
}

RingReader::Seek RingReader::seek_seq(Seq first) const noexcept {
  first.value = std::max<std::uint64_t>(first.value, 1);
  const auto stop = [first](const RecordHeader& header) { return header.seq >= first.value; };
  bool use_index = true;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const Cursor tail = cursor_at_tail();
    if (first <= tail.seq) {
      return {tail, tail.seq.value - first.value};
    }
    if (const Cursor after = cursor_after_head(); first >= after.seq) {
      return {after, 0};
    }
    Cursor at = tail;
    if (const auto entry = find_in_index_by_seq(file_, first.value);
        use_index && entry && entry->seq >= tail.seq.value) {
      at = {entry->position, Seq{entry->seq}};
    }
    const Walk walked = walk(at, stop);
    if (walked == Walk::kFound || walked == Walk::kEnd) {
      return {at, 0};
    }
    use_index = use_index && walked != Walk::kBroken;
  }
  const Cursor tail = cursor_at_tail();
  return {tail, tail.seq > first ? tail.seq.value - first.value : 0};
}

// A clock that was ahead leaves records with times of the future, and everything after them looks
// older. So the place is after the last record that is older than `time`, not before the first that
// is younger; steps of less than kClockSlack are taken for jitter. A writer that overwrites everything within that time
// may outrun a walk that begins so early: the later attempts begin at the time itself. The index knows when the clock became
// right only from the next stride on, so what is after its newest entry is looked at, too.
RingReader::Seek RingReader::seek_time(WallTime time) const noexcept {
  const std::int64_t time_ns = to_ns(time);
  bool use_index = true;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const Cursor tail = cursor_at_tail();
    Cursor at = tail;
    const std::int64_t slack_ns = attempt < kMaxAttempts / 2 ? kClockSlackNs : 0;
    const IndexWindow window = find_in_index_before_time(file_, time_ns - slack_ns);
    if (use_index && window.begin && window.begin->seq >= tail.seq.value) {
      at = {window.begin->position, Seq{window.begin->seq}};
    }
    TimeSought sought{time_ns, slack_ns};
    Walk walked = walk(at, [&](const RecordHeader& header) {
      sought.look_at(header, at);
      return sought.found && (!window.end || header.seq >= window.end->seq) &&
             header.seq > tail.seq.value;
    });
    if (use_index && walked == Walk::kFound && window.newest && window.newest->seq > at.seq.value) {
      at = {window.newest->position, Seq{window.newest->seq}};
      walked = walk(at, [&](const RecordHeader& header) {
        sought.look_at(header, at);
        return false;
      });
    }
    if (walked == Walk::kFound || walked == Walk::kEnd) {
      const Cursor place = sought.found.value_or(at);
      // At the tail itself nobody can say whether the records before it were younger than `time`.
      return {place, place.seq == tail.seq ? tail.seq.value - 1 : 0};
    }
    use_index = use_index && walked != Walk::kBroken;
  }
  const Cursor tail = cursor_at_tail();
  return {tail, tail.seq.value - 1};
}

}  // namespace ringside
