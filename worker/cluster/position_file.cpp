// Two places, written in turn, each with a checksum: a process that dies while it writes one leaves the other.
#include "worker/cluster/position_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "core/base/unique_fd.hpp"
#include "core/shm/hash.hpp"

namespace ringside::cluster {
namespace {

constexpr std::size_t kFileBytes = 4096;
constexpr std::size_t kPlaceBytes = 2048;
constexpr std::size_t kWords = 10;
using Words = std::array<std::uint64_t, kWords>;  // the last is the checksum of the others

[[nodiscard]] std::uint64_t checksum_of(const Words& words) noexcept {
  return hash64(words.data(), (kWords - 1) * sizeof(std::uint64_t)) | 1U;
}

[[nodiscard]] std::optional<Words> read_place(const std::byte* file, std::size_t place) noexcept {
  Words words{};
  std::memcpy(words.data(), file + place * kPlaceBytes, sizeof words);
  return words.back() == checksum_of(words) ? std::optional(words) : std::nullopt;
}

// The newest whole one; the first word counts.
[[nodiscard]] std::optional<Words> newest(const std::byte* file) noexcept {
  const auto a = read_place(file, 0);
  const auto b = read_place(file, 1);
  if (a && b) {
    return (*a)[0] > (*b)[0] ? a : b;
  }
  return a ? a : b;
}

}  // namespace

Result<std::unique_ptr<PositionFile>> PositionFile::open(const std::string& path) {
  const std::string context = "cannot open " + path;
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid() || ::ftruncate(fd.get(), kFileBytes) != 0) {
    return fail_errno(context);
  }
  Result<Mapping> mapping = Mapping::make(fd.get(), kFileBytes, Access::kReadWrite);
  if (!mapping) {
    return fail_from(mapping.error(), context);
  }
  return std::unique_ptr<PositionFile>(new PositionFile(std::move(*mapping)));
}

std::optional<Position> PositionFile::load() const {
  const auto words = newest(mapping_.data());
  if (!words) {
    return std::nullopt;
  }
  const Words& w = *words;
  return Position{
      Epoch{static_cast<std::uint32_t>(w[1])}, w[2], w[3], w[4], w[5], w[6], w[7], w[8]};
}

void PositionFile::save(const Position& position) noexcept {
  const auto before = newest(mapping_.data());
  const std::uint64_t count = before ? (*before)[0] + 1 : 1;
  Words words{
      count,          position.epoch.value,   position.number, position.held,        position.end,
      position.chain, position.history_until, position.own_n,  position.incarnation, 0};
  words.back() = checksum_of(words);
  std::byte* const place = mapping_.data() + (count % 2) * kPlaceBytes;
  std::memcpy(place, words.data(), sizeof words);
}

}  // namespace ringside::cluster
