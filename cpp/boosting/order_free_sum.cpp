#include "boosting/order_free_sum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 16384;
constexpr std::size_t kNanosecondsPerRow = 1;

parallel::ThreadLimit limit_of(std::size_t n, parallel::ThreadLimit threads) {
    return parallel::limit_for(threads, n * kNanosecondsPerRow);
}

using SumKernel = simd::FixedPointPair (*)(const double*, const std::uint32_t*, std::size_t, simd::FixedPointFactors);

OrderFreeSum sum_with(SumKernel kernel, std::span<const double> x, double largest, const RowWeights& weights,
                      std::uint64_t total_count, parallel::ThreadLimit threads) {
    OrderFreeSum sum{.scale = {largest, total_count}};
    const PowerOfTwo factor = sum.scale.to_fixed();
    std::vector<FixedPointSum> partial(parallel::n_chunks_for(x.size(), kChunkRows));
    parallel::for_ranges(x.size(), kChunkRows, limit_of(x.size(), threads), [&](std::size_t begin, std::size_t end) {
        const auto pair = kernel(x.data() + begin, weights.count_data(begin), end - begin,
                                 {factor.first, factor.second, sum.scale.bits});
        partial[begin / kChunkRows] = {pair.hi, pair.lo};
    });
    FixedPointSum total;
    for (const FixedPointSum& p : partial) total += p;
    sum.value = total.value(sum.scale);
    return sum;
}

}  // namespace

double max_magnitude(std::span<const double> x, parallel::ThreadLimit threads) {
    const simd::KernelTable& kernels = simd::active();
    std::vector<double> largest(parallel::n_chunks_for(x.size(), kChunkRows));
    parallel::for_ranges(x.size(), kChunkRows, limit_of(x.size(), threads), [&](std::size_t begin, std::size_t end) {
        largest[begin / kChunkRows] = kernels.max_abs(x.data() + begin, end - begin);
    });
    return kernels.max_abs(largest.data(), largest.size());
}

OrderFreeSum order_free_sum(std::span<const double> x, const RowWeights& weights, parallel::ThreadLimit threads) {
    const double largest = max_magnitude(x, threads);
    return sum_with(simd::active().fixed_point_sum, x, largest, weights, weights.total_count, threads);
}

OrderFreeSum order_free_sum_of_magnitudes(std::span<const double> x, double largest, const RowWeights& weights,
                                          std::uint64_t total_count, parallel::ThreadLimit threads) {
    return sum_with(simd::active().fixed_point_sum_abs, x, largest, weights, total_count, threads);
}

double weighted_mean(std::span<const double> x, const RowWeights& weights, parallel::ThreadLimit threads) {
    const double largest = max_magnitude(x, threads);
    if (!std::isfinite(largest)) return largest;
    // Brought below 1 by a power of two, as the factors are, so that no product leaves the float64 range.
    const int exponent = binary_exponent(largest);
    const PowerOfTwo down(-exponent);
    std::vector<double> product(x.size());
    parallel::for_ranges(x.size(), kChunkRows, limit_of(x.size(), threads), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) product[i] = down.times(x[i]);
        if (weights.factor.empty()) return;
        for (std::size_t i = begin; i < end; ++i) product[i] *= weights.factor[i];
    });
    OrderFreeSum mass{.scale = {0.0, 1}, .value = static_cast<double>(weights.total_count)};
    if (!weights.factor.empty()) mass = order_free_sum(weights.factor, weights, threads);
    const OrderFreeSum sum = order_free_sum(product, weights, threads);
    return std::ldexp(sum.value / mass.value, sum.scale.exponent - mass.scale.exponent + exponent);
}

}  // namespace hornbeam::boosting
