#include "core/event/lineage.hpp"

#include <vector>

#include "tests/support/rs_test.hpp"

namespace ringside::test {
namespace {

constexpr Epoch kA{0xa}, kB{0xb}, kC{0xc};

// a: 1 to 10, b: 11 to 25, c: from 26 on. In a, events after 10 were lost.
Lineage three() {
  Lineage lineage(kA);
  lineage.begin(kB, Seq{10});
  lineage.begin(kC, Seq{25});
  return lineage;
}

}  // namespace

RS_TEST(an_id_of_the_current_epoch_is_its_sequence) {
  RS_EXPECT_EQ(three().resolve({kC, Seq{7}})->value, 7U);
  RS_EXPECT_EQ(three().resolve({kC, Seq{700}})->value, 700U);
}

RS_TEST(an_id_of_a_past_epoch_is_valid_up_to_its_last_event) {
  RS_EXPECT_EQ(three().resolve({kA, Seq{10}})->value, 10U);
  RS_EXPECT(!three().resolve({kA, Seq{11}}).has_value());
  RS_EXPECT_EQ(three().resolve({kB, Seq{3}})->value, 3U);
  RS_EXPECT_EQ(three().resolve({kB, Seq{25}})->value, 25U);
  RS_EXPECT(!three().resolve({kB, Seq{26}}).has_value());
}

RS_TEST(an_id_of_another_history_is_not_resolved) {
  RS_EXPECT(!three().resolve({Epoch{0xd}, Seq{1}}).has_value());
  RS_EXPECT(!three().end_of(Epoch{0xd}).has_value());
  RS_EXPECT(!three().end_of(kC).has_value());
  RS_EXPECT_EQ(three().end_of(kA)->value, 10U);
}

RS_TEST(each_event_has_the_epoch_that_it_was_written_in) {
  RS_EXPECT(three().epoch_of(Seq{1}) == kA);
  RS_EXPECT(three().epoch_of(Seq{10}) == kA);
  RS_EXPECT(three().epoch_of(Seq{11}) == kB);
  RS_EXPECT(three().epoch_of(Seq{25}) == kB);
  RS_EXPECT(three().epoch_of(Seq{26}) == kC);
  RS_EXPECT(Lineage(kA).epoch_of(Seq{5}) == kA);
}

RS_TEST(an_epoch_without_events_resolves_and_owns_none) {
  Lineage lineage(kA);
  lineage.begin(kB, Seq{10});
  lineage.begin(kC, Seq{10});
  RS_EXPECT_EQ(lineage.resolve({kB, Seq{10}})->value, 10U);
  RS_EXPECT(lineage.epoch_of(Seq{10}) == kA);
  RS_EXPECT(lineage.epoch_of(Seq{11}) == kC);
}

RS_TEST(the_oldest_epochs_are_forgotten) {
  Lineage lineage(Epoch{1});
  for (std::uint32_t i = 2; i < 40; ++i) {
    lineage.begin(Epoch{i}, Seq{i * 10});
  }
  RS_EXPECT_EQ(lineage.past().size(), Lineage::kMaxPast);
  RS_EXPECT(lineage.past()[0] == (PastEpoch{Epoch{38}, Seq{390}}));
  RS_EXPECT(!lineage.resolve({Epoch{1}, Seq{1}}).has_value());
  RS_EXPECT(lineage.epoch_of(Seq{1}) == Epoch{39 - Lineage::kMaxPast});
}

RS_TEST(what_was_written_down_is_read_back_or_refused) {
  const Lineage lineage = three();
  const std::vector<PastEpoch> past(lineage.past().begin(), lineage.past().end());
  RS_EXPECT(Lineage::make(kC, past) == lineage);
  RS_EXPECT(!Lineage::make(Epoch{}, past).has_value());
  RS_EXPECT(!Lineage::make(kA, past).has_value());  // twice
  RS_EXPECT(!Lineage::make(kC, std::vector<PastEpoch>{{kA, Seq{10}}, {kB, Seq{11}}}).has_value());
  RS_EXPECT(!Lineage::make(kC, std::vector<PastEpoch>{{Epoch{}, Seq{10}}}).has_value());
  RS_EXPECT(!Lineage::make(kC, std::vector<PastEpoch>{{kA, Seq{10}}, {kA, Seq{9}}}).has_value());
  RS_EXPECT(!Lineage::make(kC, std::vector<PastEpoch>(16, PastEpoch{kA, Seq{1}})).has_value());
}

}  // namespace ringside::test
