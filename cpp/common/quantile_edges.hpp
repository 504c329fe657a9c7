// Bin edges of one column: midpoints between neighbouring distinct values, at equal-mass positions if there are
// more values than bins (docs/boosting.md §2).
//
// All values take part (no sampling) and masses are integers, so the edges depend neither on the order of the rows
// nor on threads, and an integer weight k acts exactly as k copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/matrix_view.hpp"

namespace hornbeam {

struct WeightedValue {
    double value;
    std::uint64_t weight;
};

// The values of a column that are not missing, ascending, equal ones merged.
struct DistinctValues {
    std::vector<WeightedValue> values;
    bool has_missing = false;
};

// weight: one per row, or null for 1 each. Float is float or double.
template <typename Float>
[[nodiscard]] DistinctValues distinct_values(VectorView<const Float> column, const std::uint64_t* weight);

// a <= midpoint(a, b) < b for a < b, infinities included.
[[nodiscard]] double midpoint(double a, double b);

// `distinct`: strictly ascending values with positive weights whose sum is below 2^56.
[[nodiscard]] std::vector<double> quantile_edges(const std::vector<WeightedValue>& distinct, std::size_t max_bins);

}  // namespace hornbeam
