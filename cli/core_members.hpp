#pragma once
// The members of `data` that the schemas of the core types name, and the keys of filters that are not members. tests/lint compares
// them with conf/schemas/events.

#include <array>
#include <string_view>

namespace ringside::cli {

inline constexpr auto kCoreMembers = std::to_array<std::string_view>({"batch_id",
                                                                      "completed_steps",
                                                                      "component",
                                                                      "components",
                                                                      "current_step",
                                                                      "details",
                                                                      "estimated_time_remaining",
                                                                      "labels",
                                                                      "level",
                                                                      "message",
                                                                      "metric_name",
                                                                      "metric_type",
                                                                      "metrics",
                                                                      "name",
                                                                      "operations",
                                                                      "overall_status",
                                                                      "previous_status",
                                                                      "progress",
                                                                      "statistics",
                                                                      "status",
                                                                      "step_details",
                                                                      "task_id",
                                                                      "total_steps",
                                                                      "unit",
                                                                      "value",
                                                                      "workflow_id"});

inline constexpr auto kFilterKeys = std::to_array<std::string_view>(
    {"level", "min_level", "names", "search", "search.regex", "since", "task_name"});

}  // namespace ringside::cli
