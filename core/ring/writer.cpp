// The one side that writes. An append is four steps, and the order of the first and the last is the whole protocol:
//   1. SYNC(reserve)  move the tail past everything that will be overwritten, one record at a time;
//   2.                write padding (where the record would cross the end) and the record;
//   3. SYNC(publish)  publish sequence and end as the new head;
//   4.                note the record in the index.
// No step can fail, and a death after any of them leaves a sound file (core/ring/recovery.cpp).
//
// The writer keeps its own copies of head and tail and reads back from shared memory only the lengths of the records
// that it evicts. If someone else has scribbled over those, it drops the whole history rather than follow a wild length.
//
// Cost: name and text are put together in private memory once, hashed there, and copied to the ring word by word.
#include "core/ring/writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/check.hpp"
#include "core/ring/layout.hpp"
#include "core/ring/mark.hpp"
#include "core/ring/record_format.hpp"
#include "core/ring/ring_file.hpp"
#include "core/ring/time_index.hpp"
#include "core/shm/wake.hpp"
#include "core/shm/word_copy.hpp"

namespace ringside {

struct RingWriter::State {
  State(RingFile opened, const Clock& the_clock)
      : file(std::move(opened)),
        clock(the_clock),
        header(ring_header(file.mapping.data())),
        data(file.mapping.data() + kDataOffset),
        capacity(file.geometry.capacity_bytes),
        head(file.recovered.head),
        tail(file.recovered.tail),
        last_received_ns(file.recovered.last_received_ns),
        index(file.mapping.data()),
        // Not touched before it is used, so a ring of short events never pays for the longest.
        payload(new std::byte[max_total_bytes(capacity)]) {
  }  // NOLINT(modernize-make-unique): make_unique would zero it

  void make_room(std::uint64_t end) noexcept;
  void write_padding(std::uint64_t n_bytes) const noexcept;

  RingFile file;
  const Clock& clock;
  RingHeader& header;
  std::byte* data;
  std::uint64_t capacity;
  MarkValue head;
  MarkValue tail;
  std::int64_t last_received_ns;
  IndexWriter index;
  std::unique_ptr<std::byte[]> payload;
};

// Evicts records until the area up to position `end` is nobody's.
void RingWriter::State::make_room(std::uint64_t end) noexcept {
  const DataArea area(data, capacity);
  while (tail.position + capacity < end && tail.seq <= head.seq) {
    const std::optional<DataArea::Located> oldest = area.locate(tail.position, tail.seq);
    // A damaged record: drop it and, one by one, all that follow it.
    tail.position = oldest && oldest->end() <= head.position ? oldest->end() : head.position;
    ++tail.seq;
    if (tail.position == head.position) {
      while (tail.seq <= head.seq) {
        publish_mark(header.tail, tail);  // SYNC(reserve): store
        ++tail.seq;
      }
    }
    publish_mark(header.tail, tail);  // SYNC(reserve): store
  }
}

void RingWriter::State::write_padding(std::uint64_t n_bytes) const noexcept {
  store_shared_word(data + (head.position & (capacity - 1)),
                    encode_padding(static_cast<std::uint32_t>(n_bytes)));
}

Result<std::unique_ptr<RingWriter>> RingWriter::open(const RingOptions& options,
                                                     const Clock& clock) {
  Result<RingFile> file = open_ring_file(options, clock);
  if (!file) {
    return tl::unexpected<Error>(file.error());
  }
  auto state = std::make_unique<State>(std::move(*file), clock);
  state->header.writer_pid.store(static_cast<std::uint64_t>(::getpid()),
                                 std::memory_order_release);  // SYNC(writer_pid): store
  std::unique_ptr<RingWriter> writer(new RingWriter(std::move(state)));
  writer->beat();
  writer->wake();  // readers that wait on a dead writer's ring should look again
  return writer;
}

RingWriter::RingWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

RingWriter::~RingWriter() {
  state_->header.writer_pid.store(0, std::memory_order_release);  // SYNC(writer_pid): store
}

Epoch RingWriter::epoch() const noexcept { return state_->file.geometry.epoch; }

Seq RingWriter::next_seq() const noexcept { return Seq{state_->head.seq + 1}; }

bool RingWriter::recovered() const noexcept { return state_->file.taken_over; }

std::size_t RingWriter::max_record_bytes() const noexcept {
  return max_total_bytes(state_->capacity) - kRecordHeaderBytes;
}

Seq RingWriter::append(std::uint8_t type_code, std::string_view name, std::string_view text,
                       std::string_view rest, WallTime received) noexcept {
  State& ring = *state_;
  const std::size_t most = max_record_bytes();
  const std::size_t payload_bytes = name.size() + text.size() + rest.size();
  RS_CHECK(name.size() <= most && text.size() <= most && rest.size() <= most &&
           payload_bytes <= most);

  RecordHeader header;
  header.total_bytes =
      static_cast<std::uint32_t>(round_up_to_word(kRecordHeaderBytes + payload_bytes));
  header.type_code = type_code;
  header.seq = ring.head.seq + 1;
  // Small steps back are jitter. A large one is a clock that was ahead and is right now.
  constexpr std::int64_t kJitterNs = 1'000'000'000;
  header.received_ns = to_ns(received) >= ring.last_received_ns - kJitterNs
                           ? std::max(to_ns(received), ring.last_received_ns)
                           : to_ns(received);
  header.text_bytes = static_cast<std::uint32_t>(text.size() + rest.size());
  header.name_bytes = static_cast<std::uint32_t>(name.size());

  std::byte* const payload = ring.payload.get();
  auto* const characters = reinterpret_cast<char*>(payload);
  name.copy(characters, name.size());
  text.copy(characters + name.size(), text.size());
  rest.copy(characters + name.size() + text.size(), rest.size());
  const std::size_t filled_bytes = header.total_bytes - kRecordHeaderBytes;
  std::memset(payload + payload_bytes, 0, filled_bytes - payload_bytes);
  header.checksum = record_checksum(header, payload);

  const std::uint64_t room = ring.capacity - (ring.head.position & (ring.capacity - 1));
  const std::uint64_t padding = header.total_bytes > room ? room : 0;
  const std::uint64_t position = ring.head.position + padding;
  ring.make_room(position + header.total_bytes);
  if (padding != 0) {
    ring.write_padding(padding);
  }
  std::byte* const to = ring.data + (position & (ring.capacity - 1));
  const HeaderWords words = encode_header(header);
  copy_to_shared(to, reinterpret_cast<const std::byte*>(words.data()), sizeof words);
  copy_to_shared(to + kRecordHeaderBytes, payload, filled_bytes);

  ring.head = {header.seq, position + header.total_bytes};
  ring.last_received_ns = header.received_ns;
  publish_mark(ring.header.head, ring.head);  // SYNC(publish): store
  ring.index.note({position, header.seq, header.received_ns});
  // The next append overwrites the oldest record, and must look at its header first: a line that
  // nobody has touched for the whole length of the ring.
  __builtin_prefetch(ring.data + (ring.tail.position & (ring.capacity - 1)));
  return Seq{header.seq};
}

void RingWriter::wake() noexcept { wake_all(state_->header.wake); }

void RingWriter::beat() noexcept {
  state_->header.heartbeat_mono_ns.store(
      static_cast<std::uint64_t>(state_->clock.mono_now().time_since_epoch().count()),
      std::memory_order_relaxed);
  state_->header.heartbeat_ns.store(static_cast<std::uint64_t>(to_ns(state_->clock.wall_now())),
                                    std::memory_order_release);  // SYNC(heartbeat): store
}

std::span<const std::byte> RingWriter::bytes() const noexcept {
  return {state_->file.mapping.data(), state_->file.mapping.size()};
}

}  // namespace ringside
