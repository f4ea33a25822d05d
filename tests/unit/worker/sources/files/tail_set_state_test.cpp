// A set with room for two files of three, with the options and the state that follow.
#include "worker/sources/files/tail_set.hpp"

#include <unistd.h>

#include "tests/unit/worker/sources/files/tail_set_fixture.hpp"

using namespace ringside;

using ringside::test::Texts;

namespace {

struct Fixture : test::TailSetFixture {
  TailOptions few = options();
  Fixture() {
    few.max_files = 2;
    for (const char* name : {"a.log", "b.log", "c.log"}) {
      append(name, "old\n");
    }
  }
};

RS_TEST(a_file_that_waited_for_room_begins_at_its_end) {
  Fixture f;
  TailSet set(f.few, f.clock);
  RS_EXPECT(f.scan_and_read(set).empty());
  std::filesystem::remove(f.dir / "a.log");
  set.scan();
  f.clock.advance(std::chrono::seconds(20));
  (void)f.read(set);
  RS_EXPECT(f.scan_and_read(set).empty());
  RS_EXPECT_EQ(set.counts().n_files, 2u);
  f.append("c.log", "new\n");
  RS_EXPECT_EQ(f.read(set), (Texts{"c.log: new"}));
}

RS_TEST(a_worker_with_more_room_begins_at_the_end_of_what_the_last_one_left_out) {
  Fixture f;
  TailSet first(f.few, f.clock);
  first.scan();
  f.append("d.log", "came meanwhile\n");
  TailSet set(f.options(), f.clock);
  RS_EXPECT(set.load_state(first.state()));
  RS_EXPECT_EQ(f.scan_and_read(set), (Texts{"d.log: came meanwhile"}));
}

RS_TEST(a_worker_with_less_room_keeps_the_positions_of_what_it_leaves_out) {
  Fixture f;
  TailSet first(f.options(), f.clock);
  first.scan();
  for (const char* name : {"a.log", "b.log", "c.log"}) {
    f.append(name, "next\n");
  }
  TailSet second(f.few, f.clock);
  RS_EXPECT(second.load_state(first.state()));
  RS_EXPECT_EQ(f.scan_and_read(second), (Texts{"a.log: next", "b.log: next"}));
  second.scan();
  TailSet third(f.options(), f.clock);
  RS_EXPECT(third.load_state(second.state()));
  RS_EXPECT_EQ(f.scan_and_read(third), (Texts{"c.log: next"}));
}

RS_TEST(a_file_that_may_be_read_later_begins_at_its_end) {
  if (::geteuid() == 0) {
    RS_SKIP("root may read everything");
  }
  Fixture f;
  std::filesystem::permissions(f.dir / "a.log", std::filesystem::perms::none);
  TailSet first(f.options(), f.clock);
  first.scan();
  std::filesystem::permissions(f.dir / "a.log", std::filesystem::perms::owner_all);
  TailSet next(f.options(), f.clock);
  RS_EXPECT(next.load_state(first.state()));
  RS_EXPECT(f.scan_and_read(next).empty());
  RS_EXPECT(f.scan_and_read(first).empty());
}

}  // namespace
