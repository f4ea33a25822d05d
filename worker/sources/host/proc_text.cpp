// The scalar files: stat, meminfo, loadavg, uptime. Lines are found by their names, not by their
// places, because kernels add lines, and fields past those that are known are ignored, because
// kernels add those too.
#include "worker/sources/host/proc_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/base/text.hpp"

namespace ringside {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::size_t value = 0;
  return parse_u64(text, value) ? std::optional<std::uint64_t>(value) : std::nullopt;
}

std::optional<double> real_of(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value < 0) {
    return std::nullopt;
  }
  return value;
}

// Old kernels have fewer modes: those missing stay 0. Four (user to idle) are in every one.
std::optional<CpuTicks> ticks_of(const std::vector<std::string_view>& fields) {
  CpuTicks ticks{};
  if (fields.size() < 5) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < ticks.size() && i + 1 < fields.size(); ++i) {
    const auto value = number_of(fields[i + 1]);
    if (!value) {
      return std::nullopt;
    }
    ticks[i] = *value;
  }
  return ticks;
}

}  // namespace

std::vector<std::string_view> blank_separated(std::string_view line) {
  constexpr std::string_view kBlank = " \t\r";
  std::vector<std::string_view> fields;
  for (auto begin = line.find_first_not_of(kBlank); begin != std::string_view::npos;) {
    const auto end = std::min(line.find_first_of(kBlank, begin), line.size());
    fields.push_back(line.substr(begin, end - begin));
    begin = line.find_first_not_of(kBlank, end);
  }
  return fields;
}

ProcStat parse_proc_stat(std::string_view text) {
  ProcStat stat;
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("intr ")) {
      continue;  // thousands of fields
    }
    const auto fields = blank_separated(line);
    if (fields.size() < 2) {
      continue;
    }
    const std::string_view name = fields[0];
    if (name == "cpu") {
      stat.cpu = ticks_of(fields);
    } else if (name.starts_with("cpu") && number_of(name.substr(3))) {
      ++stat.n_cpus;
    } else if (name == "ctxt") {
      stat.context_switches = number_of(fields[1]);
    } else if (name == "processes") {
      stat.forks = number_of(fields[1]);
    } else if (name == "procs_running") {
      stat.running = number_of(fields[1]);
    } else if (name == "procs_blocked") {
      stat.blocked = number_of(fields[1]);
    }
  }
  return stat;
}

std::optional<MemInfo> parse_meminfo(std::string_view text) {
  MemInfo info;
  std::optional<std::uint64_t> available;
  for (const auto line : split(text, '\n')) {
    const auto fields = blank_separated(line);
    if (fields.size() < 2) {
      continue;
    }
    const auto kib = number_of(fields[1]);
    if (!kib || *kib > (1ULL << 50U)) {
      continue;
    }
    const std::uint64_t bytes = *kib * 1024;
    if (fields[0] == "MemTotal:") {
      info.total = bytes;
    } else if (fields[0] == "MemFree:") {
      info.free = bytes;
    } else if (fields[0] == "MemAvailable:") {
      available = bytes;
    } else if (fields[0] == "Buffers:" || fields[0] == "Cached:" || fields[0] == "SReclaimable:") {
      info.cached += bytes;
    } else if (fields[0] == "SwapTotal:") {
      info.swap_total = bytes;
    } else if (fields[0] == "SwapFree:") {
      info.swap_free = bytes;
    }
  }
  if (info.total == 0) {
    return std::nullopt;
  }
  info.available = std::min(available.value_or(info.free + info.cached), info.total);
  info.swap_free = std::min(info.swap_free, info.swap_total);
  return info;
}

std::optional<std::array<double, 3>> parse_loadavg(std::string_view text) {
  const auto fields = blank_separated(text.substr(0, text.find('\n')));
  std::array<double, 3> load{};
  if (fields.size() < load.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < load.size(); ++i) {
    const auto value = real_of(fields[i]);
    if (!value) {
      return std::nullopt;
    }
    load[i] = *value;
  }
  return load;
}

std::optional<double> parse_uptime(std::string_view text) {
  const auto fields = blank_separated(text.substr(0, text.find('\n')));
  return fields.empty() ? std::nullopt : real_of(fields[0]);
}

}  // namespace ringside
