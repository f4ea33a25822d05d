// Stamping and reading must cost the generator next to nothing: at four million deliveries a
// second a reader has 250 ns for each, system calls included. Eight letters are therefore packed
// with shifts in one word instead of one at a time.
#include "bench/src/mark.hpp"

#include <ctime>

namespace ringside::bench {
namespace {

std::uint32_t pack_8_letters(const char* letters) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, letters, sizeof word);
  word = __builtin_bswap64(word) - 0x6161616161616161ULL;
  word = (word | (word >> 4)) & 0x00ff00ff00ff00ffULL;
  word = (word | (word >> 8)) & 0x0000ffff0000ffffULL;
  return static_cast<std::uint32_t>(word | (word >> 16));
}

void spread_letters(char* at, std::uint64_t value, int n_letters) noexcept {
  for (int i = n_letters - 1; i >= 0; --i) {
    at[i] = static_cast<char>('a' + (value & 15U));
    value >>= 4;
  }
}

// Spreads neighbouring numbers over all 64 bits (the finalizer of splitmix64).
std::uint64_t scatter(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t now_ns() noexcept {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<std::uint64_t>(ts.tv_sec) * 1'000'000'000ULL +
         static_cast<std::uint64_t>(ts.tv_nsec);
}

void write_mark(char* at, const Mark& mark) noexcept {
  std::memcpy(at, kMarkNeedle.data(), kMarkNeedle.size());
  at += kMarkNeedle.size();
  spread_letters(at, mark.producer, 2);
  spread_letters(at + 2, mark.seq, 8);
  spread_letters(at + 10, mark.sent_ns, 16);
}

Mark read_mark(const char* letters) noexcept {
  Mark mark;
  mark.producer = static_cast<std::uint32_t>((letters[0] - 'a') * 16 + (letters[1] - 'a'));
  mark.seq = pack_8_letters(letters + 2);
  mark.sent_ns = (static_cast<std::uint64_t>(pack_8_letters(letters + 10)) << 32) |
                 pack_8_letters(letters + 18);
  return mark;
}

EventText::EventText(bool with_id) {
  text_ = R"({"event_type":"TaskStatusChanged","timestamp":"2026-11-23T10:00:00Z","data":{)"
          R"("task_id":")";
  task_id_at_ = text_.size();
  text_ += R"(aaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa","name":"rotate_certificates",)"
           R"("status":"Running","previous_status":"Pending","progress":62.5,"mark":")";
  mark_at_ = text_.size();
  text_.append(kMarkBytes, 'a');
  text_ += R"("},"metadata":{"infra":"laboratory"})";
  text_ += with_id ? R"(,"id":"5f3a9c1e:1844674"})" : "}";
}

std::string_view EventText::stamp(const Mark& mark) noexcept {
  write_mark(text_.data() + mark_at_, mark);
  const std::uint64_t id = (std::uint64_t{mark.producer} << 32 | mark.seq) + 1;
  spread_letters(text_.data() + task_id_at_, scatter(id), 16);
  spread_letters(text_.data() + task_id_at_ + 17, scatter(~id), 16);
  return text_;
}

const char* MarkScanner::find(const char* from, const char* end) noexcept {
  if (from >= end) {
    return nullptr;
  }
  return static_cast<const char*>(
      memmem(from, static_cast<std::size_t>(end - from), kMarkNeedle.data(), kMarkNeedle.size()));
}

}  // namespace ringside::bench
