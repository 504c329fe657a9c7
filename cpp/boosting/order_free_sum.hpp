// Order-free sums over the rows of a table (common/fixed_point_sum.hpp), shared between threads.
#pragma once

#include <span>

#include "boosting/row_weights.hpp"
#include "common/fixed_point_sum.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

struct OrderFreeSum {
    FixedPointScale scale{0.0, 1};
    double value = 0.0;  // in units of 2^scale.exponent
};

// NaN if any is NaN, else the largest |x|.
[[nodiscard]] double max_magnitude(std::span<const double> x, parallel::ThreadLimit threads);

// Sum of count * x; x must be finite.
[[nodiscard]] OrderFreeSum order_free_sum(std::span<const double> x, const RowWeights& weights,
                                          parallel::ThreadLimit threads);

// Sum of count * |x|, given the largest |x| and the counts of all rows where x is not zero, or more.
[[nodiscard]] OrderFreeSum order_free_sum_of_magnitudes(std::span<const double> x, double largest,
                                                        const RowWeights& weights, std::uint64_t total_count,
                                                        parallel::ThreadLimit threads);

// Weighted mean of x; what is not finite in x makes it so, too.
[[nodiscard]] double weighted_mean(std::span<const double> x, const RowWeights& weights, parallel::ThreadLimit threads);

}  // namespace hornbeam::boosting
