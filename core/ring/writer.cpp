// The one side that writes: the file and its lock (core/ring/ring_file.cpp), the records
// (core/ring/appender.cpp), and the words by which readers know that somebody is there.
#include "core/ring/writer.hpp"

#include <unistd.h>

#include <utility>

#include "core/ring/layout.hpp"
#include "core/ring/ring_file.hpp"
#include "core/shm/wake.hpp"

namespace ringside {

struct RingWriter::State {
  State(RingFile opened, const Clock& the_clock)
      : file(std::move(opened)),
        clock(the_clock),
        header(ring_header(file.mapping.data())),
        appender(file.mapping.data(), file.geometry.capacity_bytes, file.last_received_ns) {}

  RingFile file;
  const Clock& clock;
  RingHeader& header;
  RingAppender appender;
};

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

Epoch RingWriter::epoch() const noexcept { return state_->file.geometry.epoch(); }

const Lineage& RingWriter::lineage() const noexcept { return state_->file.geometry.lineage; }

Seq RingWriter::next_seq() const noexcept { return state_->appender.next_seq(); }

RingOrigin RingWriter::origin() const noexcept { return state_->file.origin; }

std::size_t RingWriter::max_record_bytes() const noexcept {
  return state_->appender.max_record_bytes();
}

Seq RingWriter::append(std::uint8_t type_code, std::string_view name, std::string_view text,
                       std::string_view rest, WallTime received) noexcept {
  return state_->appender.append(type_code, name, text, rest, received);
}

const RingAppender::LastRecord& RingWriter::last_record() const noexcept {
  return state_->appender.last_record();
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
