#include "boosting/row_weights.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/error.hpp"
#include "common/fixed_point_sum.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

struct Survey {
    double largest = 0.0;
    bool all_one = true;
    bool are_frequencies = true;  // integers whose sum stays below 2^31
};

Survey survey(VectorView<const double> weight) {
    constexpr double kLimit = 2147483648.0;
    Survey found;
    double total = 0.0;  // exact while it matters: integers below 2^53
    parallel::for_strips(weight.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const double w = weight[i];
            check_argument(w > 0 && std::isfinite(w),
                           "sample_weight must be positive and finite here, got {} at row {}", w, i);
            found.largest = std::max(found.largest, w);
            found.all_one = found.all_one && w == 1.0;
            total += w;
            found.are_frequencies = found.are_frequencies && w == std::floor(w) && total < kLimit;
        }
    });
    return found;
}

}  // namespace

RowWeights RowWeights::from(VectorView<const double> weight, std::size_t n_rows) {
    RowWeights rows;
    rows.n_rows = n_rows;
    rows.total_count = n_rows;
    if (weight.data == nullptr) return rows;
    const Survey found = survey(weight);
    if (found.all_one) return rows;

    rows.bin_weight.resize(n_rows);
    if (found.are_frequencies) {
        rows.count.resize(n_rows);
        rows.total_count = 0;
        parallel::for_strips(n_rows, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                rows.count[i] = static_cast<std::uint32_t>(weight[i]);
                rows.bin_weight[i] = rows.count[i];
                rows.total_count += rows.count[i];
            }
        });
        return rows;
    }
    rows.factor.resize(n_rows);
    rows.factor_exponent = binary_exponent(found.largest);
    const PowerOfTwo down(-rows.factor_exponent);
    const double bound = down.times(found.largest) * static_cast<double>(n_rows);
    const PowerOfTwo to_integer(52 - binary_exponent(bound));
    parallel::for_strips(n_rows, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            rows.factor[i] = down.times(weight[i]);
            const auto mass = static_cast<std::uint64_t>(std::llrint(to_integer.times(rows.factor[i])));
            rows.bin_weight[i] = std::max<std::uint64_t>(1, mass);
        }
    });
    return rows;
}

RowWeights RowWeights::subset(std::span<const std::size_t> rows) const {
    RowWeights subset;
    subset.n_rows = subset.total_count = rows.size();
    subset.factor_exponent = factor_exponent;
    const auto pick = [&](const auto& all, auto& picked) {
        if (all.empty()) return;
        picked.reserve(rows.size());
        for (const std::size_t row : rows) picked.push_back(all[row]);
    };
    pick(count, subset.count);
    pick(factor, subset.factor);
    pick(bin_weight, subset.bin_weight);
    if (!count.empty()) subset.total_count = std::reduce(subset.count.begin(), subset.count.end(), std::uint64_t{0});
    return subset;
}

}  // namespace hornbeam::boosting
