// The side that may be anywhere, and may be slow. It copies first and asks afterwards whether what
// it copied was still the record: the writer publishes the new tail before it overwrites the first
// byte, and every word of the copy acquires, so a reader that has met one overwritten word sees
// that tail when it loads it (docs/ring-format.md, "Why it is right").
//
// Sequences, not positions, are compared. Then a lapped reader knows what it lost from the two
// numbers that it holds, and the commit point (the head's sequence) is the same word that says how
// many events there are.
//
// Nothing in the file is trusted: a length is bounded by the area before use, a damaged record
// sends the cursor to the head, and no loop runs longer than the file has room for.
#include "core/ring/reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "core/ring/layout.hpp"
#include "core/ring/mark.hpp"
#include "core/ring/record_format.hpp"
#include "core/ring/retired_ring.hpp"
#include "core/shm/wake.hpp"

namespace ringside {

Result<std::unique_ptr<RingReader>> RingReader::attach(const std::string& path) {
  const std::string context = "cannot attach to ring " + path;
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    return fail_errno(context);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) {
    return fail_errno(context);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(context + ": not a regular file");
  }
  Result<Mapping> mapping =
      Mapping::make(fd.get(), static_cast<std::size_t>(status.st_size), Access::kReadOnly);
  if (!mapping) {
    return fail_from(mapping.error(), context);
  }
  const Result<Geometry> geometry = read_geometry(mapping->data(), mapping->size());
  if (!geometry) {
    return fail_from(geometry.error(), context);
  }
  mark_ring_as_read(fd.get());
  const std::byte* const file = mapping->data();
  return std::unique_ptr<RingReader>(
      new RingReader(std::move(fd), std::move(*mapping), file, *geometry));
}

Result<std::unique_ptr<RingReader>> RingReader::over(std::span<const std::byte> file) {
  const Result<Geometry> geometry = read_geometry(file.data(), file.size());
  if (!geometry) {
    return tl::unexpected<Error>(geometry.error());
  }
  return std::unique_ptr<RingReader>(new RingReader(UniqueFd(), Mapping(), file.data(), *geometry));
}

RingReader::RingReader(UniqueFd fd, Mapping mapping, const std::byte* file,
                       const Geometry& geometry) noexcept
    : fd_(std::move(fd)), mapping_(std::move(mapping)), file_(file), geometry_(geometry) {}

Epoch RingReader::epoch() const noexcept { return geometry_.epoch(); }

const Lineage& RingReader::lineage() const noexcept { return geometry_.lineage; }

bool RingReader::reads_the_file_of(const RingReader& other) const noexcept {
  struct stat mine {};
  struct stat its {};
  return ::fstat(fd_.get(), &mine) == 0 && ::fstat(other.fd_.get(), &its) == 0 &&
         mine.st_dev == its.st_dev && mine.st_ino == its.st_ino;
}

Seq RingReader::head() const noexcept {
  const std::uint64_t seq =
      ring_header(file_).head.seq.load(std::memory_order_acquire);  // SYNC(publish): load
  return Seq{std::min(seq, kMaxPlausible)};
}

std::uint64_t RingReader::tail_seq() const noexcept {
  return ring_header(file_).tail.seq.load(std::memory_order_acquire);  // SYNC(reserve): load
}

RingState RingReader::state() const noexcept {
  constexpr int kMaxAttempts = 16;
  const RingHeader& header = ring_header(file_);
  MarkValue head;
  MarkValue tail;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    tail = load_mark(header.tail).value_or(MarkValue{});
    head = load_mark(header.head).value_or(MarkValue{});
    if (tail_seq() == tail.seq) {  // else the head is of a later moment than the tail
      break;
    }
  }
  RingState state;
  state.epoch = geometry_.epoch();
  state.head = Seq{head.seq};
  state.tail = Seq{tail.seq};
  state.head_position = head.position;
  state.tail_position = tail.position;
  state.capacity_bytes = geometry_.capacity_bytes;
  state.writer_pid = static_cast<std::uint32_t>(
      header.writer_pid.load(std::memory_order_acquire));  // SYNC(writer_pid): load
  state.heartbeat = wall_from_ns(static_cast<std::int64_t>(
      header.heartbeat_ns.load(std::memory_order_acquire)));  // SYNC(heartbeat): load
  state.heartbeat_mono = MonoTime(std::chrono::nanoseconds(
      static_cast<std::int64_t>(header.heartbeat_mono_ns.load(std::memory_order_relaxed))));
  state.created = geometry_.created;
  state.superseded =
      header.superseded.load(std::memory_order_acquire) != 0;  // SYNC(superseded): load
  return state;
}

ReadResult RingReader::read_next(Cursor& at, Record& out) const noexcept {
  at.seq.value = std::max<std::uint64_t>(at.seq.value,
                                         1);  // a cursor that was never set is at the beginning
  if (at.seq > head()) {
    return {ReadOutcome::kEmpty, 0};
  }
  std::uint64_t end = 0;
  const bool sound = copy_record(at, out, end);
  if (tail_seq() > at.seq.value) {
    return go_to_tail(at);
  }
  if (!sound) {
    return go_to_head(at);
  }
  at = {end, at.seq.next()};
  return {ReadOutcome::kRecord, 0};
}

bool RingReader::copy_record(Cursor at, Record& out, std::uint64_t& end) const noexcept {
  const DataArea data(file_ + kDataOffset, geometry_.capacity_bytes);
  const std::optional<DataArea::Located> record = data.locate(at.position, at.seq.value);
  if (!record) {
    return false;
  }
  // The copy comes in whole words; what the last one holds beyond the text is cut off again.
  out.buffer.resize(record->header.total_bytes - kRecordHeaderBytes);
  auto* const payload = reinterpret_cast<std::byte*>(out.buffer.data());
  data.copy_payload(*record, payload);
  out.buffer.resize(record->payload_bytes());
  out.name_bytes = record->header.name_bytes;
  out.seq = at.seq;
  out.received = wall_from_ns(record->header.received_ns);
  out.type_code = record->header.type_code;
  end = record->end();
  return record_checksum(record->header, payload) == record->header.checksum;
}

ReadResult RingReader::go_to_tail(Cursor& at) const noexcept {
  const std::optional<MarkValue> tail = load_mark(ring_header(file_).tail);
  if (!tail || tail->seq <= at.seq.value) {  // a tail only ever grows
    return go_to_head(at);
  }
  const std::uint64_t missed = tail->seq - at.seq.value;
  at = {tail->position, Seq{tail->seq}};
  return {ReadOutcome::kLapped, missed};
}

ReadResult RingReader::go_to_head(Cursor& at) const noexcept {
  const Cursor after = cursor_after_head();
  const std::uint64_t missed = after.seq > at.seq ? after.seq.value - at.seq.value : 0;
  at = after;
  return {ReadOutcome::kCorrupt, missed};
}

Cursor RingReader::cursor_after_head() const noexcept {
  const std::optional<MarkValue> head = load_mark(ring_header(file_).head);
  if (!head) {
    return {0, this->head().next()};
  }
  return {head->position, Seq{head->seq}.next()};
}

Cursor RingReader::cursor_at_tail() const noexcept {
  const std::optional<MarkValue> tail = load_mark(ring_header(file_).tail);
  return tail ? Cursor{tail->position, Seq{tail->seq}} : cursor_after_head();
}

std::uint32_t RingReader::wait(std::uint32_t seen,
                               std::chrono::milliseconds timeout) const noexcept {
  return wait_while_equal(ring_header(file_).wake, seen, timeout);
}

void RingReader::interrupt_waits() const noexcept {
  ringside::interrupt_waits(ring_header(file_).wake);
}

std::uint32_t RingReader::wake_word() const noexcept {
  return ring_header(file_).wake.load(std::memory_order_acquire);  // SYNC(wake): load
}

std::chrono::nanoseconds heartbeat_age(const RingState& state, const Clock& clock) noexcept {
  constexpr std::chrono::hours kBeforeTheStart{24 * 365};
  if (state.heartbeat_mono == MonoTime{}) {
    return clock.wall_now() - state.heartbeat;
  }
  const auto age = clock.mono_now() - state.heartbeat_mono;
  return age.count() >= 0 ? age : kBeforeTheStart;
}

}  // namespace ringside
