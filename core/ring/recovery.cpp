// Where can a writer die? Each step leaves a file that this walk accepts:
//   - while it moves the tail: the tail is at one record or the next, both whole;
//   - while it writes a record: the bytes lie after the head's position, where no reader looks;
//   - between the head's slot and the head's sequence: the slot is not the one in use (core/ring/mark.cpp);
//   - before the index entry: an entry is missing, which the index allows.
// So a file that fails the walk was damaged by something else (a foreign writer, a disk, another program), and there is
// no knowing what else is wrong with it: it is set aside whole rather than patched. Ringside's history is a convenience,
// wrong history is a lie.
#include "core/ring/recovery.hpp"

#include <fmt/format.h>

#include <vector>

#include "core/ring/record_format.hpp"
#include "core/ring/time_index.hpp"

namespace ringside {
namespace {

// Calls visit(located) for each record from tail to head.
template <class Visit>
[[nodiscard]] Status walk(const DataArea& data, MarkValue tail, MarkValue head, Visit visit) {
  std::uint64_t position = tail.position;
  for (std::uint64_t seq = tail.seq; seq <= head.seq; ++seq) {
    const std::optional<DataArea::Located> record = data.locate(position, seq);
    if (!record || record->end() > head.position) {
      return fail(fmt::format("record {} at position {} is damaged", seq, position));
    }
    if (Status status = visit(*record); !status) {
      return status;
    }
    position = record->end();
  }
  if (position != head.position) {
    return fail(fmt::format("the last record ends at position {}, the head is at {}", position,
                            head.position));
  }
  return {};
}

// Whether every entry for a record that is still held says the truth about it.
class IndexCheck {
 public:
  IndexCheck(const std::byte* file, MarkValue tail) : file_(file), range_(index_range(file)) {
    while (range_.begin < range_.end && entry_before(tail.seq)) {
      ++range_.begin;
    }
  }

  void visit(const DataArea::Located& record) {
    if (range_.begin == range_.end) {
      return;
    }
    const std::optional<IndexPoint> entry = read_index_entry(file_, range_.begin);
    if (entry && entry->seq == record.header.seq) {
      sound_ = sound_ && entry->position == record.position &&
               entry->received_ns == record.header.received_ns;
      ++range_.begin;
    }
  }

  // All entries have been met on the walk.
  [[nodiscard]] bool sound() const { return sound_ && range_.begin == range_.end; }

 private:
  [[nodiscard]] bool entry_before(std::uint64_t seq) const {
    const std::optional<IndexPoint> entry = read_index_entry(file_, range_.begin);
    return !entry || entry->seq < seq;
  }

  const std::byte* file_;
  IndexRange range_;
  bool sound_ = true;
};

}  // namespace

Result<Recovered> recover_ring(std::byte* file, std::uint64_t capacity_bytes) {
  const RingHeader& header = ring_header(file);
  const std::optional<MarkValue> tail = load_mark(header.tail);
  const std::optional<MarkValue> head = load_mark(header.head);
  if (!tail || !head || tail->seq == 0 || tail->seq > head->seq + 1 ||
      tail->position > head->position || head->position - tail->position > capacity_bytes) {
    return fail("head and tail contradict each other");
  }

  const DataArea data(file + kDataOffset, capacity_bytes);
  IndexCheck index(file, *tail);
  Recovered recovered{*head, *tail, 0};
  std::vector<std::byte> payload(max_total_bytes(capacity_bytes));
  const auto check = [&](const DataArea::Located& record) -> Status {
    data.copy_payload(record, payload.data());
    if (record_checksum(record.header, payload.data()) != record.header.checksum) {
      return fail(fmt::format("record {} has a wrong checksum", record.header.seq));
    }
    recovered.last_received_ns = record.header.received_ns;
    index.visit(record);
    return {};
  };
  if (Status status = walk(data, *tail, *head, check); !status) {
    return tl::unexpected<Error>(status.error());
  }

  if (!index.sound()) {
    IndexWriter writer(file);
    writer.clear();
    const auto note = [&writer](const DataArea::Located& record) -> Status {
      writer.note({record.position, record.header.seq, record.header.received_ns});
      return {};
    };
    if (Status status = walk(data, *tail, *head, note); !status) {
      return tl::unexpected<Error>(status.error());
    }
  }
  return recovered;
}

}  // namespace ringside
