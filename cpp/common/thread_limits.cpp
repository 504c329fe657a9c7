#include "common/thread_limits.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "common/parallel.hpp"

namespace hornbeam::parallel {
namespace {

std::atomic<std::size_t> g_limit{0};     // 0: not read yet
std::atomic<std::size_t> g_core_cap{0};  // 0: not lifted

// Leading integer of the text: OMP_NUM_THREADS may be a list ("8,2"), of which the outermost level counts.
std::optional<long long> leading_integer(std::string_view text) {
    const std::size_t start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos) return std::nullopt;
    long long value = 0;
    const auto parsed = std::from_chars(text.data() + start, text.data() + text.size(), value);
    if (parsed.ec != std::errc{}) return std::nullopt;
    return value;
}

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Quota / period in whole cores, unless either is missing or "unlimited" ("max" in v2, -1 in v1).
std::size_t whole_cores(std::string_view quota, std::string_view period) {
    const long long q = leading_integer(quota).value_or(0);
    const long long p = leading_integer(period).value_or(0);
    if (q <= 0 || p <= 0) return kUnlimited;
    return static_cast<std::size_t>((q - 1) / p + 1);
}

std::size_t quota_v2(const std::string& group) {
    const std::string line = first_line("/sys/fs/cgroup" + group + "/cpu.max");
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) return kUnlimited;
    return whole_cores(std::string_view(line).substr(0, space), std::string_view(line).substr(space));
}

std::size_t quota_v1(const std::string& group) {
    const std::string folder = "/sys/fs/cgroup/cpu" + group;
    return whole_cores(first_line(folder + "/cpu.cfs_quota_us"), first_line(folder + "/cpu.cfs_period_us"));
}

// The tightest quota from the group up to the root. Inside a container the named group may not be mounted, only
// its root: the walk ends there.
template <typename QuotaOf>
std::size_t tightest_quota(std::string group, QuotaOf quota_of) {
    std::size_t tightest = kUnlimited;
    for (;;) {
        if (group == "/") group.clear();
        tightest = std::min(tightest, quota_of(group));
        if (group.empty()) return tightest;
        group.erase(group.rfind('/'));
    }
}

bool lists_cpu(const std::string& controllers) {
    std::istringstream names(controllers);
    for (std::string name; std::getline(names, name, ',');)
        if (name == "cpu") return true;
    return false;
}

}  // namespace

std::size_t surrounding_limit() {
    const std::size_t lifted = g_core_cap.load(std::memory_order_relaxed);
    if (lifted != 0) return lifted;
    std::size_t limit = g_limit.load(std::memory_order_relaxed);
    if (limit == 0) {
        limit =
            std::min({unlimited_if_zero(environment_threads()), affinity_cores(), unlimited_if_zero(quota_cores())});
        g_limit.store(limit, std::memory_order_relaxed);
    }
    return limit;
}

void forget_surroundings() { g_limit.store(0); }

void set_core_cap(std::size_t n_cores) { g_core_cap.store(n_cores); }

std::size_t environment_threads() {
    for (const char* name : {"HORNBEAM_NUM_THREADS", "OMP_NUM_THREADS"}) {
        const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets variables
        if (text == nullptr) continue;
        const long long value = leading_integer(text).value_or(0);
        if (value > 0) return static_cast<std::size_t>(value);
    }
    return 0;
}

std::size_t affinity_cores() {
#ifdef __linux__
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof cores, &cores) == 0)
        return static_cast<std::size_t>(std::max(1, CPU_COUNT(&cores)));
#endif
    return static_cast<std::size_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

std::size_t quota_cores() {
    // Lines are hierarchy:controllers:group; version 2 has no controllers.
    std::ifstream groups("/proc/self/cgroup");
    std::size_t tightest = kUnlimited;
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos || second + 1 >= line.size() || line[second + 1] != '/') continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) tightest = std::min(tightest, tightest_quota(group, quota_v2));
        if (lists_cpu(controllers)) tightest = std::min(tightest, tightest_quota(group, quota_v1));
    }
    return tightest == kUnlimited ? 0 : tightest;
}

}  // namespace hornbeam::parallel
