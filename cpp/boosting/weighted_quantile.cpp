#include "boosting/weighted_quantile.hpp"

#include <algorithm>

#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

struct WeightedValue {
    double value;
    std::uint64_t mass;
};

using Iterator = std::vector<WeightedValue>::iterator;

std::uint64_t mass_of(Iterator begin, Iterator end) {
    std::uint64_t mass = 0;
    for (; begin != end; ++begin) mass += begin->mass;
    return mass;
}

bool is_less(const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; }

double select(std::vector<WeightedValue>& values, double level) {
    const double wanted = level * static_cast<double>(mass_of(values.begin(), values.end()));
    // [begin, end) holds the answer; `below` is the mass of all that comes before it in order.
    Iterator begin = values.begin();
    Iterator end = values.end();
    std::uint64_t below = 0;
    while (end - begin > 1) {
        parallel::poll();
        const Iterator middle = begin + (end - begin) / 2;
        std::nth_element(begin, middle, end, is_less);
        const std::uint64_t mass = below + mass_of(begin, middle);
        if (static_cast<double>(mass) >= wanted) {
            end = middle;
        } else {
            begin = middle;
            below = mass;
        }
    }
    const bool is_exact = static_cast<double>(below + begin->mass) == wanted;
    if (!is_exact || begin + 1 == values.end()) return begin->value;
    const Iterator next = std::min_element(begin + 1, values.end(), is_less);
    if (next->value == begin->value) return begin->value;  // whose halves are rounded where it is subnormal
    return 0.5 * begin->value + 0.5 * next->value;
}

}  // namespace

double weighted_quantile(std::span<const double> values, const std::vector<std::uint64_t>& bin_weight, double level) {
    std::vector<WeightedValue> weighted(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        weighted[i] = {values[i] + 0.0, bin_weight.empty() ? 1 : bin_weight[i]};  // -0.0 becomes 0.0
    return select(weighted, level);
}

}  // namespace hornbeam::boosting
