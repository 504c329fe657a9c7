// How many threads this process may use, as its surroundings say: environment, CPU affinity, cgroup quota.
#pragma once

#include <cstddef>
#include <limits>

namespace hornbeam::parallel {

inline constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

[[nodiscard]] constexpr std::size_t unlimited_if_zero(std::size_t limit) { return limit == 0 ? kUnlimited : limit; }

// The tightest of the three below, at least 1. They are read once: files and masks take longer than a small region.
[[nodiscard]] std::size_t surrounding_limit();
void forget_surroundings();

// HORNBEAM_NUM_THREADS, else OMP_NUM_THREADS (joblib sets it in its workers); 0 if neither is a positive integer.
[[nodiscard]] std::size_t environment_threads();

// Cores in the affinity mask of the process, at least 1.
[[nodiscard]] std::size_t affinity_cores();

// CPU bandwidth of the process's control group (v2, else v1) in whole cores, rounded up; 0 if unlimited.
[[nodiscard]] std::size_t quota_cores();

}  // namespace hornbeam::parallel
