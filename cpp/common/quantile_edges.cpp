#include "common/quantile_edges.hpp"

#include <algorithm>
#include <cmath>

#include "common/radix_sort.hpp"

namespace hornbeam {

namespace {

template <typename Float>
std::vector<WeightedValue> merge_sorted(std::vector<Float>& values) {
    radix_sort(values);
    std::vector<WeightedValue> distinct;
    for (const Float value : values) {
        // + 0.0 turns -0.0 into 0.0; as neighbours in sorted order they compare equal.
        if (distinct.empty() || distinct.back().value != static_cast<double>(value))
            distinct.push_back({static_cast<double>(value) + 0.0, 1});
        else
            ++distinct.back().weight;
    }
    return distinct;
}

}  // namespace

double midpoint(double a, double b) {
    double m = 0.5 * (a + b);
    if (!std::isfinite(m)) m = 0.5 * a + 0.5 * b;
    return a <= m && m < b ? m : a;
}

std::vector<double> quantile_edges(const std::vector<WeightedValue>& distinct, std::size_t max_bins) {
    std::vector<double> edges;
    if (distinct.size() <= max_bins) {
        for (std::size_t k = 1; k < distinct.size(); ++k)
            edges.push_back(midpoint(distinct[k - 1].value, distinct[k].value));
        return edges;
    }
    std::uint64_t rest = 0;
    for (const WeightedValue& v : distinct) rest += v.weight;
    std::uint64_t bins_left = max_bins;
    std::uint64_t mass = 0;
    for (std::size_t k = 0; k + 1 < distinct.size() && bins_left > 1; ++k) {
        mass += distinct[k].weight;
        if (mass * bins_left >= rest) {
            edges.push_back(midpoint(distinct[k].value, distinct[k + 1].value));
            rest -= mass;
            mass = 0;
            --bins_left;
        }
    }
    return edges;
}

std::vector<WeightedValue> distinct_values(std::vector<double>& values) { return merge_sorted(values); }
std::vector<WeightedValue> distinct_values(std::vector<float>& values) { return merge_sorted(values); }

std::vector<WeightedValue> distinct_values(std::vector<WeightedValue>& values) {
    std::sort(values.begin(), values.end(),
              [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; });
    std::vector<WeightedValue> distinct;
    for (const WeightedValue& v : values) {
        if (distinct.empty() || distinct.back().value != v.value)
            distinct.push_back({v.value + 0.0, v.weight});
        else
            distinct.back().weight += v.weight;
    }
    return distinct;
}

}  // namespace hornbeam
