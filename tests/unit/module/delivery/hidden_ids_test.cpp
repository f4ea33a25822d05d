// Hidden ids: they can be read back, and tell neither how many events lie between two of them nor which came first.
#include "module/delivery/hidden_ids.hpp"

#include <set>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

constexpr HiddenIds::Key kKey{0x0123456789abcdef, 0xfedcba9876543210};

}  // namespace

RS_TEST(what_is_hidden_can_be_read_back) {
  HiddenIds ids(kKey);
  for (const std::uint64_t seq :
       {0ull, 1ull, 2ull, 255ull, 65'536ull, 4'294'967'296ull, (1ull << 48U) - 1}) {
    RS_EXPECT_EQ(ids.reveal(ids.hide(Seq{seq})).value, seq);
    RS_EXPECT_EQ(ids.reveal(ids.hide_place(Seq{seq})).value, seq);
    RS_EXPECT_EQ(ids.hide(Seq{seq}).value, HiddenIds(kKey).hide(Seq{seq}).value);
    RS_EXPECT_NE(ids.hide(Seq{seq}).value, HiddenIds({1, 2}).hide(Seq{seq}).value);
    RS_EXPECT(HiddenIds::is_hidden(ids.hide(Seq{seq})));
    RS_EXPECT(!HiddenIds::is_hidden(Seq{seq}));
  }
}

RS_TEST(an_event_has_one_id_and_a_place_another_one_each_time) {
  HiddenIds ids(kKey);
  std::set<std::uint64_t> places;
  for (int i = 0; i < 20'000; ++i) {
    const Seq place = ids.hide_place(Seq{7});
    RS_EXPECT(place != ids.hide(Seq{7}));
    places.insert(place.value);
  }
  RS_EXPECT_EQ(places.size(), 16'383u);
}

// Neighbours differ in about half of their bits, and half of them are in descending order.
RS_TEST(neighbours_tell_nothing) {
  const HiddenIds ids(kKey);
  std::set<std::uint64_t> seen;
  int n_descending = 0;
  int n_bits = 0;
  constexpr int kIds = 10'000;
  for (std::uint64_t seq = 1; seq <= kIds; ++seq) {
    const std::uint64_t one = ids.hide(Seq{seq}).value;
    const std::uint64_t next = ids.hide(Seq{seq + 1}).value;
    seen.insert(one);
    n_descending += next < one ? 1 : 0;
    n_bits += __builtin_popcountll(one ^ next);
  }
  RS_EXPECT_EQ(seen.size(), static_cast<std::size_t>(kIds));
  RS_EXPECT(n_descending > kIds * 45 / 100 && n_descending < kIds * 55 / 100);
  RS_EXPECT(n_bits > kIds * 30 && n_bits < kIds * 32);
}

RS_TEST(the_id_at_the_end_of_a_text_is_replaced) {
  const EventId id{Epoch{0x5f3a9c1e}, Seq{18'446'744'073'709'551'615u}};
  RS_EXPECT_EQ(
      with_id(R"({"event_type":"A","data":{"id":"5f3a9c1e:1"},"id":"5f3a9c1e:7"})", id),
      R"({"event_type":"A","data":{"id":"5f3a9c1e:1"},"id":"5f3a9c1e:18446744073709551615"})");
  for (const char* text :
       {"", "{}", R"({"id":"7"})", R"({"id":"5f3a9c1e:7","x":1})",
        R"({"data":{"id":"5f3a9c1e:7"}})", R"("5f3a9c1e:7"})", R"({"my_id":"5f3a9c1e:07"})"}) {
    RS_EXPECT(!place_of_id(text));
  }
}

// While an installation is upgraded, processes of two versions serve from one ring: each has to read the other's ids.
RS_TEST(ids_of_a_key_are_the_same_in_every_version) {
  HiddenIds ids(kKey);
  std::string values;
  for (const std::uint64_t seq : {0ull, 1ull, (1ull << 48U) - 1}) {
    values += fmt::format("{:016x} ", ids.hide(Seq{seq}).value);
  }
  for (int i = 0; i < 2; ++i) {
    values += fmt::format("{:016x} ", ids.hide_place(Seq{1}).value);
  }
  RS_EXPECT_EQ(
      values,
      "8c2ba64f1894584e 977bc4a3c1dd0f9e 8ddacfc03b13ed38 9cde1b0fcaad74f0 bf43a15946765591 ");
}

RS_TEST(an_id_is_found_only_as_the_last_member_with_its_whole_name) {
  RS_EXPECT_EQ(*place_of_id(R"("id":"5f3a9c1e:7"})"), 6U);
  RS_EXPECT_EQ(*place_of_id(R"({"a":1,"id":"5f3a9c1e:7"})"), 13U);
  for (const char* text : {R"(id":"5f3a9c1e:7"})", R"(5f3a9c1e:7"})", R"("id":5f3a9c1e:7"})",
                           R"("id":"5f3a9c1e:7")", R"("id":"5f3a9c1e:7}")", R"("})"}) {
    RS_EXPECT(!place_of_id(text));
  }
}
