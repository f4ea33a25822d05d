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

namespace {

std::shared_ptr<Chunk> chunk_at(std::uint64_t begin, std::size_t n_bytes = 0) {
  auto chunk = std::make_shared<Chunk>();
  chunk->begin = Seq{begin};
  chunk->end = Seq{begin + 1};
  if (n_bytes != 0) {
    chunk->frames.append(Opcode::kText, std::string(n_bytes, 'x'));
  }
  return chunk;
}

}  // namespace

RS_TEST(the_store_keeps_as_many_bytes_as_it_may_and_the_oldest_goes_first) {
  ModuleFixture fixture;
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"admin"}));
  const FrameShape shape = fixture.shape(10);
  const std::size_t one = chunk_at(1)->n_bytes();
  ChunkStore store(2 * one);
  store.keep(chunk_at(1), role, shape);
  RS_EXPECT_EQ(store.n_bytes(), one);
  store.keep(chunk_at(2), role, shape);
  RS_EXPECT_EQ(store.size(), 2U);
  RS_EXPECT_EQ(store.n_bytes(), 2 * one);
  store.keep(chunk_at(3), role, shape);
  RS_EXPECT_EQ(store.size(), 2U);
  RS_EXPECT_EQ(store.n_bytes(), 2 * one);
  RS_EXPECT(store.latest(Seq{1}, role, shape) == nullptr);
  RS_EXPECT(store.latest(Seq{2}, role, shape) != nullptr);
  RS_EXPECT(store.latest(Seq{3}, role, shape) != nullptr);
  ChunkStore small(one - 1);  // the one in use is kept, whatever it takes
  small.keep(chunk_at(1), role, shape);
  RS_EXPECT_EQ(small.size(), 1U);
  small.keep(chunk_at(2), role, shape);
  RS_EXPECT_EQ(small.size(), 1U);
  RS_EXPECT(small.latest(Seq{2}, role, shape) != nullptr);
}

RS_TEST(a_chunk_is_found_by_its_begin_role_and_shape) {
  ModuleFixture fixture(Settings{{"restrict", "/data/a=one"}});
  const RoleView one(fixture.vhost->rules(), ModuleFixture::identity({"one"}));
  const RoleView two(fixture.vhost->rules(), ModuleFixture::identity({"two"}));
  ChunkStore store(1U << 20U);
  const auto chunk = chunk_at(7);
  store.keep(chunk, one, fixture.shape(10));
  RS_EXPECT_EQ(store.latest(Seq{7}, one, fixture.shape(10)).get(), chunk.get());
  RS_EXPECT(store.latest(Seq{8}, one, fixture.shape(10)) == nullptr);
  RS_EXPECT(store.latest(Seq{7}, two, fixture.shape(10)) == nullptr);
  RS_EXPECT(store.latest(Seq{7}, one, fixture.shape(9)) == nullptr);
  RS_EXPECT(store.latest(Seq{7}, one, fixture.shape(10, true)) == nullptr);
  const auto later = chunk_at(7);
  store.keep(later, one, fixture.shape(10));
  RS_EXPECT_EQ(store.latest(Seq{7}, one, fixture.shape(10)).get(), later.get());
  store.clear();
  RS_EXPECT_EQ(store.size(), 0U);
  RS_EXPECT(store.latest(Seq{7}, one, fixture.shape(10)) == nullptr);
  store.keep(chunk_at(1), one, fixture.shape(10));
  RS_EXPECT_EQ(store.n_bytes(), chunk_at(1)->n_bytes());
}

RS_TEST(places_are_spread_over_the_whole_table) {
  ModuleFixture fixture;
  const RoleView role(fixture.vhost->rules(), ModuleFixture::identity({"admin"}));
  ChunkStore store(1U << 20U);
  std::vector<std::shared_ptr<Chunk>> kept;
  for (std::uint64_t n = 1; n <= 32; ++n) {
    for (const bool compressed : {false, true}) {
      kept.push_back(chunk_at(n * 256));
      store.keep(kept.back(), role, fixture.shape(10, compressed));
    }
  }
  std::size_t n_found = 0;
  for (std::uint64_t n = 1; n <= 32; ++n) {
    for (const bool compressed : {false, true}) {
      n_found +=
          store.latest(Seq{n * 256}, role, fixture.shape(10, compressed)) != nullptr ? 1U : 0U;
    }
  }
  RS_EXPECT_GE(n_found, 24U);  // of 64 in 64 places: many share one
}
