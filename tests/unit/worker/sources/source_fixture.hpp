#pragma once
// What tests of whole sources share: a loop of their own, a sink that keeps what it is given, a run
// directory.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/time.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/sources/source.hpp"

namespace ringside::test {

struct KeptEvent {
  std::string type;
  Json data;
  Json metadata;
  std::string timestamp;

  [[nodiscard]] std::string text(std::string_view path) const {
    return std::string(data.ref().at_path(path).as_string().value_or(""));
  }
};

class KeepingSink final : public Sink {
 public:
  bool emit(std::string_view event_type, const Json& data, const Json& metadata,
            std::string_view timestamp) override {
    events.push_back(
        {std::string(event_type), data.deep_copy(), metadata.deep_copy(), std::string(timestamp)});
    return !refuse;
  }
  void count_error() override { ++n_errors; }

  [[nodiscard]] std::vector<std::string> messages() const {
    std::vector<std::string> out;
    for (const auto& event : events) {
      if (event.type == "LogEntry") {
        out.push_back(event.text("message"));
      }
    }
    return out;
  }
  [[nodiscard]] const KeptEvent* metric(std::string_view name) const {
    for (const auto& event : events) {
      if (event.text("metric_name") == name) {
        return &event;
      }
    }
    return nullptr;
  }

  std::vector<KeptEvent> events;
  int n_errors = 0;
  bool refuse = false;
};

class SourceFixture {
 public:
  SourceFixture() { RS_EXPECT_EQ(uv_loop_init(&loop_), 0); }
  // Whatever a source left open would keep the loop from closing.
  ~SourceFixture() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  SourceFixture(const SourceFixture&) = delete;
  SourceFixture& operator=(const SourceFixture&) = delete;

  [[nodiscard]] SourceContext context() {
    return {loop_, system_clock(), sink, dir.path().string(), 0660};
  }
  [[nodiscard]] uv_loop_t* loop() { return &loop_; }

  // Turns the loop until the condition holds; false when it does not in 10 s (more under a
  // sanitizer).
  [[nodiscard]] bool run_until(const std::function<bool()>& condition) {
    return eventually([&] {
      uv_run(&loop_, UV_RUN_NOWAIT);
      return condition();
    });
  }

  TempDir dir;
  KeepingSink sink;

 private:
  uv_loop_t loop_{};
};

}  // namespace ringside::test

#define RS_RUN_UNTIL(fixture, ...)                                                              \
  do {                                                                                          \
    if (!(fixture).run_until([&] { return static_cast<bool>(__VA_ARGS__); })) {                 \
      ::ringside::test::fail(__FILE__, __LINE__, "did not become true in time: " #__VA_ARGS__); \
    }                                                                                           \
  } while (false)
