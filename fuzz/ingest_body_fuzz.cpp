// Bodies with events: where a body is cut makes no difference to the events in it, with the framing of chunks, with gzip, or
// as it is; and no event is longer than the limit.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/proto/chunked_body.hpp"
#include "fuzz/fuzz.hpp"
#include "worker/ingest/event_splitter.hpp"
#include "worker/ingest/gunzip.hpp"

using namespace ringside;

namespace {

constexpr std::size_t kMaxEvent = 64;

std::vector<std::string> events_of(BodyForm form, std::string_view body, std::size_t n_piece) {
  std::vector<std::string> out;
  EventSplitter splitter(form, kMaxEvent,
                         {[&](std::string_view event) {
                            fuzz::require(event.size() <= kMaxEvent + 1, "a bounded event");
                            out.emplace_back(event);
                          },
                          [&] { out.emplace_back("too long"); }});
  bool is_whole = true;
  while (!body.empty() && is_whole) {
    is_whole = splitter.feed(body.substr(0, n_piece));
    body.remove_prefix(std::min(n_piece, body.size()));
  }
  is_whole = is_whole && splitter.finish();
  out.push_back(is_whole ? "whole" : splitter.error());
  return out;
}

std::string unchunked(std::string_view body, std::size_t n_piece) {
  ChunkedBody chunks;
  std::string out;
  while (!body.empty()) {
    (void)chunks.feed(body.substr(0, n_piece), [&](std::string_view data) { out += data; });
    body.remove_prefix(std::min(n_piece, body.size()));
  }
  return out + std::to_string(static_cast<int>(chunks.state()));
}

void inflate(std::string_view body) {
  Gunzip gunzip;
  gunzip.add(body);
  std::array<char, 256> out;
  Gunzip::State state = Gunzip::State::kHasOutput;
  for (int i = 0; i < 100'000 && state == Gunzip::State::kHasOutput; ++i) {
    std::size_t n = 0;
    state = gunzip.step(out, n);
    fuzz::require(n <= out.size(), "no more than there is room for");
  }
  fuzz::require(state != Gunzip::State::kBroken || !gunzip.error().empty(), "a reason");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = fuzz::text_of(data, size);
  for (const BodyForm form : {BodyForm::kJson, BodyForm::kLines}) {
    const auto whole = events_of(form, body, size + 1);
    fuzz::require(events_of(form, body, 1) == whole, "the same events from single bytes");
    fuzz::require(events_of(form, body, 7) == whole, "the same events from pieces");
  }
  fuzz::require(unchunked(body, 1) == unchunked(body, size + 1), "the same data from single bytes");
  inflate(body);
  return 0;
}
