#pragma once
// EventShape: all of one event but its values. Events of one program differ in little more than a
// few strings and numbers, so the next one is recognised by comparing bytes, and only what differs
// is looked at: no JSON is read, no schema is walked.
//
//   {"event_type":"TaskStatusChanged","data":{"task_id":"  t1  ","progress":  62.5  }}
//   '------------------- literal -------------------'    slot '-- literal --' slot
//
// matches() returns true only if the slow path would accept the event; false means undecided. True is as good as the result of
// JsonSkim, Schema and Redactor together: it was learned from an event that they accepted, and
// checks the values of other events by the same rules.
//   Threads: one (it remembers the last event).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json_skim.hpp"
#include "core/event/type.hpp"
#include "core/redact/redactor.hpp"
#include "core/schema/schema.hpp"

namespace ringside {

class EventShape {
 public:
  static constexpr std::size_t kMaxBytes = 4096;
  static constexpr std::size_t kMaxSlots = 64;

  // Facts that the pipeline needs about events of this shape.
  struct Envelope {
    EventType type = EventType::kCustom;
    std::string name;
    bool has_timestamp = false;
  };

  // `skim` has read an event that is accepted with these rules, `type` and `timestamp` (may be
  // null) are among its nodes. Null when it is too large, has a line break in it or no place for
  // values.
  [[nodiscard]] static std::unique_ptr<EventShape> learn(const JsonSkim& skim,
                                                         const JsonSkim::Node& type,
                                                         const JsonSkim::Node* timestamp,
                                                         const std::vector<Schema::LeafRule>& rules,
                                                         Envelope envelope);

  // Whether `text` begins like this shape: a quick no to most others.
  [[nodiscard]] bool begins(std::string_view text) const noexcept {
    return text.starts_with(first_literal_);
  }
  // Whether `text`, without space around it, is an event of this shape whose values keep its rules
  // and have no secret.
  //   Cost: a comparison with the last event; a scan for each value that differs.
  [[nodiscard]] bool matches(std::string_view text, Redactor& redactor);

  [[nodiscard]] const Envelope& envelope() const noexcept { return envelope_; }

 private:
  struct Slot {
    std::uint32_t begin = 0;  // in last_
    std::uint32_t end = 0;
    std::uint32_t n_fresh = 0;  // bytes of the value in the text that is being looked at
    JsonKind kind = JsonKind::kString;
    bool is_timestamp = false;  // the event's own: RFC 3339, and no secret
    bool may_name = false;      // may be the name of a secret whose value is next to it
    bool is_element = false;    // of a list, such as the arguments of a program
    std::size_t min_bytes = 0;  // of a string
    std::size_t max_bytes = 0;
    std::vector<const Schema::Node*> rules;  // other than its length
  };
  EventShape() = default;
  [[nodiscard]] static bool accepts(const Slot& slot, std::string_view raw, Redactor& redactor);
  void remember(std::string_view text);

  Envelope envelope_;
  std::string last_;  // an event of this shape that was found good
  std::vector<Slot> slots_;
  std::vector<Slot*> changed_;  // while one is looked at
  std::string first_literal_;
};

}  // namespace ringside
