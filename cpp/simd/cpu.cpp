#include "simd/cpu.hpp"

#include <atomic>
#include <cstdlib>

#include "common/error.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::simd {
namespace {

struct Level {
    std::string_view name;
    const KernelTable* table;
    bool (*can_run)();
};

// Slowest first. __builtin_cpu_supports also asks whether the operating system saves the registers.
constexpr Level kLevels[] = {
#ifdef HORNBEAM_HAS_BASE
    {"base", &k_base, [] { return true; }},
#endif
#ifdef HORNBEAM_HAS_AVX2
    {"avx2", &k_avx2,
     [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }},
#endif
#ifdef HORNBEAM_HAS_AVX512
    {"avx512", &k_avx512,
     [] {
         return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
     }},
#endif
};

std::atomic<const Level*> g_active{nullptr};

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

const Level& runnable(std::string_view name, std::string_view source) {
    for (const Level& level : kLevels)
        if (level.name == name && level.can_run()) return level;
    throw std::invalid_argument(format("{} must be one of the SIMD levels this machine can run ({}), got '{}'", source,
                                       joined(runnable_levels()), name));
}

const Level& initial_level() {
    const char* forced = std::getenv("HORNBEAM_SIMD");  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    if (forced != nullptr && *forced != '\0') return runnable(forced, "HORNBEAM_SIMD");
    const Level* best = &kLevels[0];
    for (const Level& level : kLevels)
        if (level.can_run()) best = &level;
    return *best;
}

const Level& active_entry() {
    const Level* level = g_active.load(std::memory_order_acquire);
    if (level == nullptr) g_active.store(level = &initial_level(), std::memory_order_release);
    return *level;
}

}  // namespace

const KernelTable& active() { return *active_entry().table; }

std::string_view active_level() { return active_entry().name; }

std::vector<std::string> compiled_levels() {
    std::vector<std::string> names;
    for (const Level& level : kLevels) names.emplace_back(level.name);
    return names;
}

std::vector<std::string> runnable_levels() {
    std::vector<std::string> names;
    for (const Level& level : kLevels)
        if (level.can_run()) names.emplace_back(level.name);
    return names;
}

void set_level(std::string_view level) { g_active.store(&runnable(level, "level"), std::memory_order_release); }

}  // namespace hornbeam::simd
