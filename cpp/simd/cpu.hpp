// Which SIMD levels this CPU and operating system can run, and which one is active.
//
// The only place that asks the CPU. Compiled for the baseline. HORNBEAM_SIMD=base|avx2|avx512 forces a level; one that
// cannot run raises std::invalid_argument instead of crashing on an illegal instruction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hornbeam::simd {

struct KernelTable;

// Fetch once per public operation and pass down; never per element.
[[nodiscard]] const KernelTable& active();

[[nodiscard]] std::string_view active_level();
[[nodiscard]] std::vector<std::string> compiled_levels();  // slowest first
[[nodiscard]] std::vector<std::string> runnable_levels();  // slowest first
void set_level(std::string_view level);

}  // namespace hornbeam::simd
