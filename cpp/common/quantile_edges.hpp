// Bin edges of one column: midpoints between neighbouring distinct values, at equal-mass positions if there are
// more values than bins (docs/boosting.md §2).
//
// All values take part (no sampling) and masses are integers, so the edges depend neither on the order of the rows
// nor on threads, and an integer weight k acts exactly as k copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hornbeam {

struct WeightedValue {
    double value;
    std::uint64_t weight;
};

// a <= midpoint(a, b) < b for a < b, infinities included.
[[nodiscard]] double midpoint(double a, double b);

// `distinct`: strictly ascending values with positive weights whose sum is below 2^56.
[[nodiscard]] std::vector<double> quantile_edges(const std::vector<WeightedValue>& distinct, std::size_t max_bins);

// Sorts `values` (no NaN) in place and merges equals; weight 1 each.
[[nodiscard]] std::vector<WeightedValue> distinct_values(std::vector<double>& values);
[[nodiscard]] std::vector<WeightedValue> distinct_values(std::vector<float>& values);
// With weights: sorts the pairs.
[[nodiscard]] std::vector<WeightedValue> distinct_values(std::vector<WeightedValue>& values);

}  // namespace hornbeam
