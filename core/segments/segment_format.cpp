// Identity and seal have a checksum each, and are apart by a disk's block, since the one is on the disk before the first
// record and the other is written last: a machine that stops in the middle of a write damages one of them at most.
#include "core/segments/segment_format.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "core/ring/layout.hpp"
#include "core/shm/hash.hpp"

namespace ringside {
namespace {

constexpr std::string_view kSuffix = ".seg";
constexpr std::size_t kDigits = 20;
constexpr std::size_t kLineageWord = 6;
static_assert(kLineageWord + Lineage::kMaxPast * 2 < kIdentityWords);

template <std::size_t n>
[[nodiscard]] std::uint64_t checksum_of(const std::array<std::uint64_t, n>& words) noexcept {
  return hash64(words.data(), sizeof words - sizeof words.back());
}

}  // namespace

IdentityWords encode_identity(const SegmentIdentity& identity) noexcept {
  IdentityWords words{};
  const auto past = identity.lineage.past();
  words[0] = kSegmentMagic;
  words[1] = kSegmentVersion;
  words[2] = identity.lineage.current().value;
  words[3] = identity.first.value;
  words[4] = static_cast<std::uint64_t>(to_ns(identity.created));
  words[5] = past.size();
  for (std::size_t i = 0; i < past.size(); ++i) {
    words[kLineageWord + i * 2] = past[i].epoch.value;
    words[kLineageWord + i * 2 + 1] = past[i].valid_through.value;
  }
  words.back() = checksum_of(words);
  return words;
}

Result<SegmentIdentity> decode_identity(const IdentityWords& words) {
  if (words[0] != kSegmentMagic) {
    return fail("not a segment: it does not begin with a segment's magic number");
  }
  if (words[1] != kSegmentVersion) {
    return fail(
        fmt::format("segment of version {}, this program supports {}", words[1], kSegmentVersion));
  }
  if (words.back() != checksum_of(words)) {
    return fail("damaged segment: its header has a wrong checksum");
  }
  std::array<PastEpoch, Lineage::kMaxPast> past;
  if (words[5] > past.size() || words[3] == 0 || words[3] >= kMaxPlausible) {
    return fail("damaged segment: its header has impossible values");
  }
  for (std::size_t i = 0; i < words[5]; ++i) {
    past[i] = {Epoch{static_cast<std::uint32_t>(words[kLineageWord + i * 2])},
               Seq{words[kLineageWord + i * 2 + 1]}};
  }
  const std::optional<Lineage> lineage =
      Lineage::make(Epoch{static_cast<std::uint32_t>(words[2])}, std::span(past).first(words[5]));
  if (!lineage) {
    return fail("damaged segment: its header has impossible values");
  }
  return SegmentIdentity{*lineage, Seq{words[3]},
                         wall_from_ns(static_cast<std::int64_t>(words[4]))};
}

SealWords encode_seal(const SegmentSummary& summary) noexcept {
  SealWords words{};
  words[0] = kSealMagic;
  words[1] = summary.end.value;
  words[2] = summary.data_end;
  words[3] = static_cast<std::uint64_t>(summary.oldest_ns);
  words[4] = static_cast<std::uint64_t>(summary.newest_ns);
  words[5] = summary.n_index;
  words.back() = checksum_of(words);
  return words;
}

std::optional<SegmentSummary> decode_seal(const SealWords& words) noexcept {
  if (words[0] != kSealMagic || words.back() != checksum_of(words) ||
      words[2] < kSegmentDataOffset || words[1] >= kMaxPlausible ||
      words[5] > kSegmentIndexEntries) {
    return std::nullopt;
  }
  SegmentSummary summary;
  summary.end = Seq{words[1]};
  summary.data_end = words[2];
  summary.oldest_ns = static_cast<std::int64_t>(words[3]);
  summary.newest_ns = static_cast<std::int64_t>(words[4]);
  summary.n_index = words[5];
  return summary;
}

std::string segment_name(Seq first) { return fmt::format("{:020}{}", first.value, kSuffix); }

std::optional<Seq> parse_segment_name(std::string_view name) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) {
    return std::nullopt;
  }
  Seq first;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, first.value);
  if (error != std::errc() || end != name.data() + kDigits || first.value == 0 ||
      first.value >= kMaxPlausible) {
    return std::nullopt;
  }
  return first;
}

}  // namespace ringside
