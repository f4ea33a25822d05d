// An entry of the index is believed only as far as the record that it names is there: a file that was written when the
// machine stopped may have an entry for a record that did not reach the disk.
#include "core/segments/segment_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace ringside {
namespace {

constexpr std::size_t kWindowBytes = 256u << 10u;

}  // namespace

SegmentFile::SegmentFile(UniqueFd fd, SegmentHead head)
    : fd_(std::move(fd)), head_(std::move(head)), window_(fd_.get(), kWindowBytes) {}

Result<std::unique_ptr<SegmentFile>> SegmentFile::open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    return fail_errno("cannot open segment " + path);
  }
  Result<SegmentHead> head = read_segment_head(fd.get());
  if (!head) {
    return fail_from(head.error(), "segment " + path);
  }
  return std::unique_ptr<SegmentFile>(new SegmentFile(std::move(fd), std::move(*head)));
}

void SegmentFile::refresh_head() {
  if (Result<SegmentHead> head = read_segment_head(fd_.get())) {
    head_ = std::move(*head);
  }
}

// The index of a segment that is written grows.
void SegmentFile::load_index(Seq wanted) {
  if (index_is_complete_ || (!index_.empty() && index_.back().seq > wanted.value)) {
    return;
  }
  const std::size_t n_known = index_.size();
  index_.resize(kSegmentIndexEntries);
  const std::size_t n_wanted = (kSegmentIndexEntries - n_known) * kSegmentIndexEntryBytes;
  const ssize_t n =
      ::pread(fd_.get(), index_.data() + n_known, n_wanted,
              static_cast<off_t>(kSegmentIndexOffset + n_known * kSegmentIndexEntryBytes));
  std::size_t n_entries =
      n_known + (n > 0 ? static_cast<std::size_t>(n) / kSegmentIndexEntryBytes : 0);
  std::uint64_t before = n_known > 0 ? index_[n_known - 1].seq : 0;
  for (std::size_t i = n_known; i < n_entries; ++i) {
    if (index_[i].seq <= before || index_[i].position < kSegmentDataOffset) {
      n_entries = i;
      break;
    }
    before = index_[i].seq;
  }
  index_.resize(n_entries);
  index_is_complete_ = head_.seal && n_entries >= head_.seal->n_index;
}

std::optional<std::uint64_t> SegmentFile::find(Seq seq) {
  load_index(seq);
  auto after = std::upper_bound(
      index_.begin(), index_.end(), seq.value,
      [](std::uint64_t wanted, const SegmentIndexEntry& entry) { return wanted < entry.seq; });
  const auto is_there = [this](Seq at, std::uint64_t position) {
    return record_at(window_, position, at, Payload::kNotNeeded).has_value();
  };
  while (after != index_.begin() && !is_there(Seq{(after - 1)->seq}, (after - 1)->position)) {
    --after;
  }
  const bool from_index = after != index_.begin();
  Seq at = from_index ? Seq{(after - 1)->seq} : first();
  std::uint64_t position = from_index ? (after - 1)->position : kSegmentDataOffset;
  while (const auto record = record_at(window_, position, at, Payload::kNotNeeded)) {
    if (at == seq) {
      return position;
    }
    position = record->end();
    at = at.next();
  }
  return std::nullopt;
}

std::optional<StoredRecord> SegmentFile::record(Seq seq, std::uint64_t position) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::optional<std::uint64_t> at = position != 0 ? position : find(seq);
    if (at) {
      if (auto found = record_at(window_, *at, seq, Payload::kChecked)) {
        return found;
      }
    }
    window_.forget();  // a part of it may have been read while it was written
  }
  return std::nullopt;
}

std::optional<Seq> SegmentFile::next_indexed(Seq seq) {
  load_index(seq.next());
  for (const SegmentIndexEntry& entry : index_) {
    if (entry.seq > seq.value &&
        record_at(window_, entry.position, Seq{entry.seq}, Payload::kChecked)) {
      return Seq{entry.seq};
    }
  }
  return std::nullopt;
}

// Times may go back where a clock was set, so the entries are looked at from the newest, and the walk continues to the
// second entry after the last one that is older: the records between can be older, too.
std::optional<SegmentFile::TimeSearch> SegmentFile::find_time(std::int64_t time_ns,
                                                              std::int64_t slack_ns) {
  load_index(Seq{kMaxPlausible});
  std::size_t begin = index_.size();
  while (begin > 0 && index_[begin - 1].received_ns >= time_ns - slack_ns) {
    --begin;
  }
  if (begin == 0) {
    return std::nullopt;
  }
  const std::uint64_t walk_to = begin + 1 < index_.size() ? index_[begin + 1].seq : 0;
  Seq at{index_[begin - 1].seq};
  std::uint64_t position = index_[begin - 1].position;
  Seq found{0};  // 0: none yet
  while (found.value == 0 || walk_to == 0 || at.value < walk_to) {
    const auto record = record_at(window_, position, at, Payload::kNotNeeded);
    if (!record) {
      break;
    }
    if (record->header.received_ns < time_ns - slack_ns) {
      found = Seq{0};
    } else if (record->header.received_ns >= time_ns && found.value == 0) {
      found = at;
    }
    position = record->end();
    at = at.next();
  }
  return TimeSearch{found.value != 0 ? found : at, found.value != 0};
}

std::optional<Seq> SegmentFile::first_at(std::int64_t time_ns) {
  Seq at = first();
  std::uint64_t position = kSegmentDataOffset;
  while (const auto record = record_at(window_, position, at, Payload::kNotNeeded)) {
    if (record->header.received_ns >= time_ns) {
      return at;
    }
    position = record->end();
    at = at.next();
  }
  return std::nullopt;
}

}  // namespace ringside
