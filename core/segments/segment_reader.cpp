// The names of the files say which sequences they have, and the numbers are dense, so a reader needs no other directory.
// What it was about to read may be removed at any time; then the next that is there is found, and the difference of the
// two sequences is how much is gone.
#include "core/segments/segment_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace ringside {
namespace {

constexpr std::int64_t kClockSlackNs = 250'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
// File systems stamp with the clock of the last timer interrupt.
constexpr std::int64_t kTimeGranularityNs = 50'000'000;

}  // namespace

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(std::string dir) {
  if (const auto names = list_segments(dir); !names) {
    return tl::unexpected<Error>(names.error());
  }
  std::unique_ptr<SegmentReader> reader(new SegmentReader(std::move(dir)));
  reader->refresh();
  return reader;
}

SegmentReader::SegmentReader(std::string dir) : dir_(std::move(dir)) {}

SegmentReader::~SegmentReader() = default;

void SegmentReader::refresh_if_changed() {
  struct stat info {};
  if (::stat(dir_.c_str(), &info) != 0 || may_have_changed_ ||
      info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec != changed_ns_) {
    refresh();
  }
}

void SegmentReader::refresh() {
  struct stat info {};
  timespec clock{};
  if (::stat(dir_.c_str(), &info) == 0 && ::clock_gettime(CLOCK_REALTIME, &clock) == 0) {
    changed_ns_ = info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec;
    may_have_changed_ =
        clock.tv_sec * kNsPerSecond + clock.tv_nsec - changed_ns_ < kTimeGranularityNs;
  }
  const auto names = list_segments(dir_);
  if (!names) {
    segments_.clear();
    return;
  }
  std::vector<Segment> now;
  now.reserve(names->size());
  auto old = segments_.begin();
  for (const Seq first : *names) {
    while (old != segments_.end() && old->first < first) {
      ++old;
    }
    Segment segment{first, {}, 0, 0, false};
    if (old != segments_.end() && old->first == first && old->is_sealed) {
      segment = *old;
    } else {
      load_head(segment);
    }
    if (segment.first.value != 0) {
      now.push_back(segment);
    }
  }
  for (std::size_t i = 0; i + 1 < now.size();
       ++i) {  // a file ends where the next one begins, at the latest
    if (now[i].end.value == 0 || now[i].end > now[i + 1].first) {
      now[i].end = now[i + 1].first;
    }
  }
  segments_ = std::move(now);
}

// A file that cannot be read gets the sequence 0.
void SegmentReader::load_head(Segment& segment) {
  const auto file = SegmentFile::open(dir_ + '/' + segment_name(segment.first));
  if (!file || (*file)->first() != segment.first) {
    segment.first = Seq{0};
    return;
  }
  lineage_ = (*file)->head().identity.lineage;
  if (const auto& seal = (*file)->head().seal) {
    segment.is_sealed = true;
    segment.end = seal->end;
    segment.oldest_ns = seal->oldest_ns;
    segment.newest_ns = seal->newest_ns;
  }
}

Seq SegmentReader::oldest() const noexcept {
  return segments_.empty() ? Seq{0} : segments_.front().first;
}

// The last segment that begins at or before `seq`; their number when there is none.
std::size_t SegmentReader::find_segment(Seq seq) const noexcept {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), seq,
                       [](Seq wanted, const Segment& segment) { return wanted < segment.first; });
  return after == segments_.begin() ? segments_.size()
                                    : static_cast<std::size_t>(after - segments_.begin()) - 1;
}

bool SegmentReader::has(Seq seq) const noexcept {
  const std::size_t place = find_segment(seq);
  return place < segments_.size() &&
         (segments_[place].end.value == 0 || seq < segments_[place].end);
}

// Two files stay open: a reader that goes back and forth over a boundary would open both each time.
SegmentFile* SegmentReader::open_segment(const Segment& segment) {
  if (files_[0] == nullptr || files_[0]->first() != segment.first) {
    std::swap(files_[0], files_[1]);
  }
  if (files_[0] == nullptr || files_[0]->first() != segment.first) {
    auto file = SegmentFile::open(dir_ + '/' + segment_name(segment.first));
    if (!file) {
      return nullptr;
    }
    files_[0] = std::move(*file);
  }
  if (segment.is_sealed && !files_[0]->head().seal) {
    files_[0]->refresh_head();
  }
  return files_[0].get();
}

SegmentOutcome SegmentReader::read_next(SegmentCursor& at, Record& out) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::size_t place = find_segment(at.seq);
    if (has(at.seq)) {
      const Segment& segment = segments_[place];
      SegmentFile* const file = open_segment(segment);
      if (file != nullptr) {
        const bool is_known = at.segment == segment.first;
        if (const auto record = file->record(at.seq, is_known ? at.position : 0)) {
          const auto* const text = reinterpret_cast<const char*>(record->payload.data());
          out.buffer.assign(text,
                            std::size_t{record->header.name_bytes} + record->header.text_bytes);
          out.name_bytes = record->header.name_bytes;
          out.seq = at.seq;
          out.received = wall_from_ns(record->header.received_ns);
          out.type_code = record->header.type_code;
          at = {at.seq.next(), segment.first, record->end()};
          return SegmentOutcome::kRecord;
        }
        if (segment.end.value != 0) {
          return skip(at, true);
        }
      }
    }
    if (attempt == 0) {
      refresh();  // it may be in a new file, or its file is gone
    }
  }
  return skip(at, false);
}

// What is at `at` is not to be had: to the next that is.
SegmentOutcome SegmentReader::skip(SegmentCursor& at, bool is_damaged) {
  const std::size_t place = find_segment(at.seq);
  if (is_damaged && place < segments_.size()) {
    SegmentFile* const file = open_segment(segments_[place]);
    const auto next = file != nullptr ? file->next_indexed(at.seq) : std::nullopt;
    if (next && *next < segments_[place].end) {
      at = {*next, {}, 0};
      return SegmentOutcome::kGone;
    }
  }
  const std::size_t following = place < segments_.size() ? place + 1 : 0;
  if (following >= segments_.size()) {
    return SegmentOutcome::kEnd;
  }
  if (segments_[following].first <= at.seq) {
    return SegmentOutcome::kEnd;
  }
  at = {segments_[following].first, {}, 0};
  return SegmentOutcome::kGone;
}

SegmentCursor SegmentReader::seek_seq(Seq first) {
  SegmentCursor at{std::max(first, Seq{1}), {}, 0};
  if (!has(at.seq)) {
    (void)skip(at, false);
  }
  return at;
}

// From the newest segment back to one that has an older record, and from there forwards.
SegmentReader::TimePlace SegmentReader::seek_time(WallTime time) {
  const std::int64_t time_ns = to_ns(time);
  bool is_certain = oldest() == Seq{1};
  std::size_t i = segments_.size();
  for (; i > 0; --i) {
    const Segment& segment = segments_[i - 1];
    if (segment.is_sealed && segment.oldest_ns >= time_ns - kClockSlackNs) {
      continue;
    }
    SegmentFile* const file = open_segment(segment);
    const auto found = file != nullptr ? file->find_time(time_ns, kClockSlackNs) : std::nullopt;
    if (found && found->is_found) {
      return {found->place, true, true};
    }
    if (found) {
      is_certain = true;
      break;
    }
  }
  for (; i < segments_.size(); ++i) {
    SegmentFile* const file = open_segment(segments_[i]);
    if (const auto seq = file != nullptr ? file->first_at(time_ns) : std::nullopt) {
      return {*seq, true, is_certain};
    }
  }
  return {oldest(), false, is_certain};
}

}  // namespace ringside
