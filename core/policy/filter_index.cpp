// Hashes of 32 bits: two different values in a block of 64 events share one about once in two million blocks, and then one
// event is evaluated that would not have to be.
#include "core/policy/filter_index.hpp"

#include <cstring>
#include <functional>

#include "core/policy/filter_path.hpp"

namespace ringside {
namespace {

enum class Kind : std::uint64_t { kText, kNumber, kTruth, kLevel };

std::uint32_t mixed(std::uint64_t bits, Kind kind) noexcept {
  bits = (bits ^ static_cast<std::uint64_t>(kind)) * 0x9e3779b97f4a7c15U;
  return static_cast<std::uint32_t>(bits >> 32U);
}

}  // namespace

std::uint32_t hash_member_text(std::string_view text) noexcept {
  return mixed(std::hash<std::string_view>()(text), Kind::kText);
}

std::uint32_t hash_member_number(double number) noexcept {
  const double one_zero = number == 0 ? 0 : number;  // -0.0 equals 0.0
  std::uint64_t bits = 0;
  std::memcpy(&bits, &one_zero, sizeof bits);
  return mixed(bits ^ bits >> 29U, Kind::kNumber);
}

std::uint32_t hash_member_truth(bool truth) noexcept {
  return mixed(truth ? 8U : 4U, Kind::kTruth);
}

std::uint32_t hash_member_level(LogLevel level) noexcept {
  return mixed(static_cast<std::uint64_t>(level) << 8U, Kind::kLevel);
}

IndexedMember::IndexedMember(std::shared_ptr<const FilterPath> path, bool by_level)
    : path_(std::move(path)), by_level_(by_level) {}

IndexedMember::Hash IndexedMember::hash_in(const EventView& event) const {
  const JsonRef member = path_->read(event);
  if (const auto text = member.as_string()) {
    const auto level = by_level_ ? parse_log_level(*text) : std::nullopt;
    return {Hash::Kind::kOne, level ? hash_member_level(*level) : hash_member_text(*text)};
  }
  if (const auto truth = member.as_bool()) {
    return {Hash::Kind::kOne, hash_member_truth(*truth)};
  }
  if (member.is_number()) {
    const auto integer = member.as_integer();
    const auto real = integer ? static_cast<double>(*integer) : member.as_number();
    return real ? Hash{Hash::Kind::kOne, hash_member_number(*real)} : Hash{Hash::Kind::kAny, 0};
  }
  return {member.is_array() ? Hash::Kind::kAny : Hash::Kind::kNone, 0};
}

bool IndexedMember::operator==(const IndexedMember& other) const noexcept {
  return by_level_ == other.by_level_ &&
         (path_ == other.path_ || path_->text() == other.path_->text());
}

}  // namespace ringside
