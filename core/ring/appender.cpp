// An append is four steps, and the order of the first and the last is the whole protocol:
//   1. SYNC(reserve)  move the tail past everything that will be overwritten, one record at a time;
//   2.                write padding (where the record would cross the end) and the record;
//   3. SYNC(publish)  publish sequence and end as the new head;
//   4.                note the record in the index.
// No step can fail, and a death after any of them leaves a sound file (core/ring/recovery.cpp).
//
// The appender keeps its own copies of head and tail and reads back from shared memory only the lengths of the records
// that it evicts. If someone else has scribbled over those, it drops the whole history rather than follow a wild length.
//
// Cost: name and text are put together in private memory once, hashed there, and copied to the ring word by word.
#include "core/ring/appender.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/base/check.hpp"
#include "core/ring/record_format.hpp"
#include "core/shm/word_copy.hpp"

namespace ringside {

static_assert(sizeof(RingAppender::LastRecord::header) == sizeof(HeaderWords));

RingAppender::RingAppender(std::byte* file, std::uint64_t capacity_bytes,
                           std::int64_t last_received_ns)
    : header_(ring_header(file)),
      data_(file + kDataOffset),
      capacity_(capacity_bytes),
      last_received_ns_(last_received_ns),
      index_(file),
      // Not touched before it is used, so a ring of short events never pays for the longest.
      payload_(new std::byte[max_total_bytes(capacity_bytes)]) {  // NOLINT(modernize-make-unique)
  const std::optional<MarkValue> head = load_mark(header_.head);
  const std::optional<MarkValue> tail = load_mark(header_.tail);
  RS_CHECK(head && tail);  // the file was made or recovered by this process
  head_ = *head;
  tail_ = *tail;
}

std::size_t RingAppender::max_record_bytes() const noexcept {
  return max_total_bytes(capacity_) - kRecordHeaderBytes;
}

// Evicts records until the area up to position `end` is nobody's.
void RingAppender::make_room(std::uint64_t end) noexcept {
  const DataArea area(data_, capacity_);
  while (tail_.position + capacity_ < end && tail_.seq <= head_.seq) {
    const std::optional<DataArea::Located> oldest = area.locate(tail_.position, tail_.seq);
    // A damaged record: drop it and, one by one, all that follow it.
    tail_.position = oldest && oldest->end() <= head_.position ? oldest->end() : head_.position;
    ++tail_.seq;
    if (tail_.position == head_.position) {
      while (tail_.seq <= head_.seq) {
        publish_mark(header_.tail, tail_);  // SYNC(reserve): store
        ++tail_.seq;
      }
    }
    publish_mark(header_.tail, tail_);  // SYNC(reserve): store
  }
}

void RingAppender::write_padding(std::uint64_t n_bytes) const noexcept {
  store_shared_word(data_ + (head_.position & (capacity_ - 1)),
                    encode_padding(static_cast<std::uint32_t>(n_bytes)));
}

Seq RingAppender::append(std::uint8_t type_code, std::string_view name, std::string_view text,
                         std::string_view rest, WallTime received) noexcept {
  const std::size_t most = max_record_bytes();
  const std::size_t payload_bytes = name.size() + text.size() + rest.size();
  RS_CHECK(name.size() <= most && text.size() <= most && rest.size() <= most &&
           payload_bytes <= most);

  RecordHeader header;
  header.total_bytes =
      static_cast<std::uint32_t>(round_up_to_word(kRecordHeaderBytes + payload_bytes));
  header.type_code = type_code;
  header.seq = head_.seq + 1;
  // Small steps back are jitter. A large one is a clock that was ahead and is right now.
  constexpr std::int64_t kJitterNs = 1'000'000'000;
  header.received_ns = to_ns(received) >= last_received_ns_ - kJitterNs
                           ? std::max(to_ns(received), last_received_ns_)
                           : to_ns(received);
  header.text_bytes = static_cast<std::uint32_t>(text.size() + rest.size());
  header.name_bytes = static_cast<std::uint32_t>(name.size());

  std::byte* const payload = payload_.get();
  auto* const characters = reinterpret_cast<char*>(payload);
  name.copy(characters, name.size());
  text.copy(characters + name.size(), text.size());
  rest.copy(characters + name.size() + text.size(), rest.size());
  const std::size_t filled_bytes = header.total_bytes - kRecordHeaderBytes;
  std::memset(payload + payload_bytes, 0, filled_bytes - payload_bytes);
  header.checksum = record_checksum(header, payload);

  const std::uint64_t room = capacity_ - (head_.position & (capacity_ - 1));
  const std::uint64_t padding = header.total_bytes > room ? room : 0;
  const std::uint64_t position = head_.position + padding;
  make_room(position + header.total_bytes);
  if (padding != 0) {
    write_padding(padding);
  }
  std::byte* const to = data_ + (position & (capacity_ - 1));
  last_ = {encode_header(header), {payload, filled_bytes}};
  copy_to_shared(to, reinterpret_cast<const std::byte*>(last_.header.data()), kRecordHeaderBytes);
  copy_to_shared(to + kRecordHeaderBytes, payload, filled_bytes);

  head_ = {header.seq, position + header.total_bytes};
  last_received_ns_ = header.received_ns;
  publish_mark(header_.head, head_);  // SYNC(publish): store
  index_.note({position, header.seq, header.received_ns});
  // The next append overwrites the oldest record, and must look at its header first: a line that
  // nobody has touched for the whole length of the ring.
  __builtin_prefetch(data_ + (tail_.position & (capacity_ - 1)));
  return Seq{header.seq};
}

}  // namespace ringside
