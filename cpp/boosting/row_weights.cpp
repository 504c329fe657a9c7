#include "boosting/row_weights.hpp"

#include <algorithm>
#include <cmath>

#include "common/error.hpp"
#include "common/fixed_point_sum.hpp"

namespace hornbeam::boosting {

namespace {

// Frequencies are integers whose sum stays below 2^31.
bool are_frequencies(VectorView<const double> weight) {
    constexpr double kLimit = 2147483648.0;
    double total = 0.0;
    for (std::size_t i = 0; i < weight.size; ++i) {
        if (weight[i] != std::floor(weight[i])) return false;
        total += weight[i];  // exact: integers below 2^53
        if (total >= kLimit) return false;
    }
    return true;
}

}  // namespace

RowWeights RowWeights::from(VectorView<const double> weight, std::size_t n_rows) {
    RowWeights rows;
    rows.n_rows = n_rows;
    rows.total_count = n_rows;
    if (weight.data == nullptr) return rows;

    double largest = 0.0;
    bool all_one = true;
    for (std::size_t i = 0; i < n_rows; ++i) {
        check_argument(weight[i] > 0 && std::isfinite(weight[i]),
                       "sample_weight must be positive and finite here, got {} at row {}", weight[i], i);
        largest = std::max(largest, weight[i]);
        all_one = all_one && weight[i] == 1.0;
    }
    if (all_one) return rows;

    rows.bin_weight.resize(n_rows);
    if (are_frequencies(weight)) {
        rows.count.resize(n_rows);
        rows.total_count = 0;
        for (std::size_t i = 0; i < n_rows; ++i) {
            rows.count[i] = static_cast<std::uint32_t>(weight[i]);
            rows.bin_weight[i] = rows.count[i];
            rows.total_count += rows.count[i];
        }
        return rows;
    }
    rows.factor.resize(n_rows);
    // n_rows * largest as a pair (mantissa, exponent), since the product itself may overflow.
    int exponent = 0;
    const double mantissa = std::frexp(largest, &exponent);
    const PowerOfTwo scale(52 - exponent - binary_exponent(mantissa * static_cast<double>(n_rows)));
    for (std::size_t i = 0; i < n_rows; ++i) {
        rows.factor[i] = weight[i];
        rows.bin_weight[i] =
            std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llrint(scale.times(weight[i]))));
    }
    return rows;
}

}  // namespace hornbeam::boosting
