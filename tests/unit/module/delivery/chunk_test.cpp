#include "module/delivery/chunk.hpp"

#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(chunks_without_frames_are_charged_and_evicted) {
  ModuleFixture fixture;
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"admin"}));
  ChunkStore store(64U << 10U);
  for (std::uint64_t n = 1; n <= 10'000; ++n) {
    auto chunk = std::make_shared<Chunk>();
    chunk->begin = Seq{n};
    chunk->end = Seq{n + 1};
    store.keep(std::move(chunk), role, fixture.shape(10));
  }
  RS_EXPECT(store.n_bytes() <= 64U << 10U);
  RS_EXPECT(store.size() < 1000);
  RS_EXPECT(store.latest(Seq{10'000}, role, fixture.shape(10)) != nullptr);
  RS_EXPECT(store.latest(Seq{1}, role, fixture.shape(10)) == nullptr);
  store.clear();
  RS_EXPECT_EQ(store.n_bytes(), 0U);
}
