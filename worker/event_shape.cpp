// Why the rules of one event are enough for the next: a schema's verdict depends on names, kinds
// and structure, which are literal here, and on the values of strings and numbers, each of which
// was held to rules on the way to the yes. Whatever keeps the same rules at the same places goes
// the same way. true, false and null are literal too, so a member like "token": true needs no
// thought.
//
// A value equal to the last good one at its place needs no second look. Most are: a status, a
// workflow's name, a host. So the unit of comparison is the whole last event.
#include "worker/event_shape.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "core/base/json_scan.hpp"
#include "core/base/time.hpp"
#include "core/schema/schema_node.hpp"

namespace ringside {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

[[nodiscard]] bool is_number(JsonKind kind) noexcept {
  return kind == JsonKind::kInteger || kind == JsonKind::kReal;
}

// Whether a rule asks more of a string than its length, or anything of a number beyond its kind.
// That the event's own timestamp is a time is asked anyway.
[[nodiscard]] bool asks_more(const Schema::Node& rule, JsonKind kind, bool is_timestamp) noexcept {
  if (!rule.allowed.empty() || !rule.any_of.empty()) {
    return true;
  }
  return kind == JsonKind::kString
             ? rule.pattern != nullptr || (rule.date_time && !is_timestamp)
             : rule.looks_at_number() || (rule.whole_reals && kind == JsonKind::kReal);
}

// How many bytes of `a` and `b` are the same before the first that is not.
[[nodiscard]] std::size_t n_same_bytes(const char* a, const char* b, std::size_t n) noexcept {
  std::size_t i = 0;
#if defined(__SSE2__) && !defined(RINGSIDE_NO_SIMD)
  for (; n - i >= 16; i += 16) {
    const __m128i same = _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)),
                                        _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
    if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(same)); mask != 0xFFFFU) {
      return i + static_cast<std::size_t>(std::countr_one(mask));
    }
  }
#endif
  while (i < n && a[i] == b[i]) {
    ++i;
  }
  return i;
}

}  // namespace

std::unique_ptr<EventShape> EventShape::learn(const JsonSkim& skim, const JsonSkim::Node& type,
                                              const JsonSkim::Node* timestamp,
                                              const std::vector<Schema::LeafRule>& rules,
                                              Envelope envelope) {
  const JsonSkim::Node& root = skim.root();
  const std::string_view text = skim.text_of(root);
  if (text.size() > kMaxBytes || text.find_first_of("\r\n") != std::string_view::npos) {
    return nullptr;
  }
  std::unique_ptr<EventShape> made(new EventShape());
  made->envelope_ = std::move(envelope);
  const auto nodes = skim.nodes();
  for (std::uint32_t i = 1; i < nodes.size(); ++i) {
    const JsonSkim::Node& node = nodes[i];
    if (&node == &type || (node.kind != JsonKind::kString && !is_number(node.kind))) {
      continue;
    }
    if (made->slots_.size() == kMaxSlots) {
      return nullptr;
    }
    Slot slot;
    slot.begin = node.begin - root.begin;
    slot.end = node.end - root.begin;
    slot.kind = node.kind;
    slot.is_timestamp = &node == timestamp;
    slot.max_bytes = kNoLimit;
    slot.is_element = !node.is_member;
    slot.may_name =
        node.is_member && (is_pair_name(skim.name_of(node)) || skim.name_of(node) == "path");
    for (const Schema::LeafRule& rule : rules) {
      if (rule.at != i) {
        continue;
      }
      // Bytes are characters: only plain ASCII is taken here.
      slot.min_bytes = std::max(slot.min_bytes, rule.node->min_length);
      slot.max_bytes = std::min(slot.max_bytes, rule.node->max_length);
      if (asks_more(*rule.node, node.kind, slot.is_timestamp)) {
        slot.rules.push_back(rule.node);
      }
    }
    made->slots_.push_back(std::move(slot));
  }
  if (made->slots_.empty()) {
    return nullptr;
  }
  made->last_ = text;
  made->first_literal_ = text.substr(0, made->slots_.front().begin);
  made->changed_.reserve(made->slots_.size());
  return made;
}

// Walks the text and the last event side by side. Where they part must be a value: it is read, held
// to its rules, and they continue behind it.
bool EventShape::matches(std::string_view text, Redactor& redactor) {
  const std::string_view last = last_;
  const char* const end = text.data() + text.size();
  std::size_t in_text = 0;
  std::size_t in_last = 0;
  changed_.clear();
  for (auto slot = slots_.begin();; ++slot) {
    const std::size_t n = std::min(text.size() - in_text, last.size() - in_last);
    const std::size_t n_same = n_same_bytes(text.data() + in_text, last.data() + in_last, n);
    in_text += n_same;
    in_last += n_same;
    if (n_same == n) {  // the last byte of both is no value's
      if (in_text != text.size() || in_last != last.size()) {
        return false;
      }
      break;
    }
    while (slot != slots_.end() && slot->end < in_last) {
      ++slot;
    }
    if (slot == slots_.end() || in_last < slot->begin) {
      return false;
    }
    const char* const at = text.data() + (in_text - (in_last - slot->begin));
    const char* behind = nullptr;
    if (slot->kind == JsonKind::kString) {
      behind = skip_plain_text(at, end);
    } else {
      JsonKind kind = slot->kind;
      behind = skip_number(at, end, kind);
      if (behind == nullptr || kind != slot->kind) {
        return false;
      }
    }
    const std::string_view raw(at, static_cast<std::size_t>(behind - at));
    if (behind == end || *behind != last[slot->end] || !accepts(*slot, raw, redactor)) {
      return false;
    }
    slot->n_fresh = static_cast<std::uint32_t>(raw.size());
    changed_.push_back(&*slot);
    in_text = static_cast<std::size_t>(behind - text.data());
    in_last = slot->end;
  }
  if (!changed_.empty() && text.size() <= kMaxBytes) {
    remember(text);
  }
  return true;
}

void EventShape::remember(std::string_view text) {
  if (text.size() == last_.size() && std::ranges::all_of(changed_, [](const Slot* s) {
        return s->n_fresh == s->end - s->begin;
      })) {
    for (const Slot* slot : changed_) {  // nothing moves
      text.copy(last_.data() + slot->begin, slot->n_fresh, slot->begin);
    }
    return;
  }
  std::uint32_t shift = 0;  // modulo 2^32: it may be to the left
  auto changed = changed_.begin();
  for (Slot* slot = changed_.front(); slot != slots_.data() + slots_.size(); ++slot) {
    slot->begin += shift;
    if (changed != changed_.end() && *changed == slot) {
      ++changed;
      shift += slot->n_fresh - (slot->end - (slot->begin - shift));
      slot->end = slot->begin + slot->n_fresh;
    } else {
      slot->end += shift;
      if (shift == 0 && changed == changed_.end()) {
        break;
      }
    }
  }
  last_ = text;
}

bool EventShape::accepts(const Slot& slot, std::string_view raw, Redactor& redactor) {
  const bool is_text = slot.kind == JsonKind::kString;
  if (is_text && (raw.size() < slot.min_bytes || raw.size() > slot.max_bytes)) {
    return false;
  }
  for (const Schema::Node* rule : slot.rules) {
    if (!Schema::keeps(*rule, slot.kind, raw)) {
      return false;
    }
  }
  if (slot.is_timestamp) {
    return parse_rfc3339(raw).has_value();
  }
  if (!is_text) {
    return redactor.is_clean_number(raw);
  }
  return (!slot.is_element || redactor.is_harmless_element(raw)) &&
         (!slot.may_name || redactor.names_nothing(raw)) && redactor.is_clean_plain(raw);
}

}  // namespace ringside
