// Prints the tables that the code uses as JSON, for script/reference: the options of both services
// and the metrics. A program, so that the pages cannot be made from anything but the code.
#include <cstdio>
#include <vector>

#include "core/base/json.hpp"
#include "core/config/plugin_options.hpp"
#include "core/config/worker_options.hpp"
#include "core/control/counters.hpp"
#include "core/control/prometheus.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/sources/source_options.hpp"

using namespace ringside;

namespace {

std::string_view kind_of(OptionType type) {
  switch (type) {
    case OptionType::kBool:
      return "boolean";
    case OptionType::kInteger:
      return "number";
    case OptionType::kBytes:
      return "size";
    case OptionType::kDuration:
      return "time";
    case OptionType::kString:
      return "text";
    case OptionType::kPath:
      return "path";
    case OptionType::kStringList:
      return "list";
  }
  return "text";
}

std::string number_text(const OptionSpec& spec, std::int64_t number) {
  if (number == 0) {
    return "0";
  }
  return spec.type == OptionType::kBytes      ? format_bytes(number)
         : spec.type == OptionType::kDuration ? format_duration_ms(number)
                                              : std::to_string(number);
}

void append(Json& options, std::span<const OptionSpec> specs) {
  for (const OptionSpec& spec : specs) {
    Json option = Json::object();
    option.set("name", spec.name)
        .set("type", kind_of(spec.type))
        .set("default", spec.default_text)
        .set("reloadable", spec.reloadable)
        .set("help", spec.help);
    if (spec.max != 0) {
      option.set("min", number_text(spec, spec.min)).set("max", number_text(spec, spec.max));
    }
    options.append(option);
  }
}

// The page itself: it has gauges that are not in the table of counters.
std::string metrics_page() {
  const test::TempDir dir;
  const test::ManualClock clock;
  const auto control = *ControlSegment::open(dir / "control", clock);
  RingGauges ring;
  ring.oldest_received = clock.wall_now();
  return prometheus_text(*control, &ring, clock.wall_now());
}

}  // namespace

int main() {
  Json worker = Json::array();
  append(worker, worker_option_specs());
  append(worker, source_option_specs());
  Json plugin = Json::array();
  append(plugin, plugin_option_specs());
  Json out = Json::object();
  out.set("worker_options", worker)
      .set("plugin_options", plugin)
      .set("metrics_page", metrics_page());
  return std::puts(out.dump().c_str()) < 0 ? 1 : 0;
}
