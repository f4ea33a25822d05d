// A machine that stops has written any part of what was not synced: a record's beginning, zeros where the file had grown
// and its bytes had not come yet, or the end of a record whose beginning is lost. The checksum and the sequence of each
// record find all of these, and nothing after the first such place can be trusted to be the next.
#include "core/segments/segment_recovery.hpp"

#include <algorithm>

#include "core/segments/file_window.hpp"
#include "core/segments/write_fully.hpp"

namespace ringside {
namespace {

constexpr std::size_t kWindowBytes = 1u << 20u;

}  // namespace

void SegmentTally::note(const RecordHeader& record) {
  const std::uint64_t position = summary.data_end;
  const bool is_first = position == kSegmentDataOffset;
  summary.oldest_ns =
      is_first ? record.received_ns : std::min(summary.oldest_ns, record.received_ns);
  summary.newest_ns =
      is_first ? record.received_ns : std::max(summary.newest_ns, record.received_ns);
  summary.end = Seq{record.seq}.next();
  summary.data_end = position + record.total_bytes;
  if ((is_first || position - last_indexed >= kSegmentIndexStride) &&
      summary.n_index < kSegmentIndexEntries) {
    index.push_back({record.seq, position, record.received_ns});
    last_indexed = position;
    ++summary.n_index;
  }
}

SegmentTally recover_segment(int fd, Seq first) {
  FileWindow file(fd, kWindowBytes);
  SegmentTally found(first);
  while (const auto record =
             record_at(file, found.summary.data_end, found.summary.end, Payload::kChecked)) {
    found.note(record->header);
  }
  return found;
}

Status write_index(int fd, const SegmentTally& recovered) {
  std::vector<SegmentIndexEntry> index = recovered.index;
  index.resize(kSegmentIndexEntries);  // nothing stays of records that were lost
  return write_fully(fd, std::as_bytes(std::span(index)), kSegmentIndexOffset);
}

Status seal_segment(int fd, const SegmentTally& recovered) {
  if (Status written = write_index(fd, recovered); !written) {
    return written;
  }
  const SealWords seal = encode_seal(recovered.summary);
  return write_fully(fd, std::as_bytes(std::span(seal)), kSealOffset);
}

}  // namespace ringside
