#include "boosting/objective.hpp"

#include "common/fixed_point_sum.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

// Order-free sum of count * x in units of 2^(exponent of scale).
double fixed_sum(std::span<const double> x, const RowWeights& weights, const FixedPointScale& scale) {
    const PowerOfTwo factor = scale.to_fixed();
    const auto pair = simd::active().fixed_point_sum(x.data(), weights.count_data(0), x.size(),
                                                     {factor.first, factor.second, scale.bits});
    return FixedPointSum{pair.hi, pair.lo}.value(scale);
}

}  // namespace

double weighted_mean(std::span<const double> x, const RowWeights& weights) {
    const simd::KernelTable& kernels = simd::active();
    if (weights.factor.empty()) {
        const FixedPointScale scale(kernels.max_abs(x.data(), x.size()), weights.total_count);
        return PowerOfTwo(scale.exponent)
            .times(fixed_sum(x, weights, scale) / static_cast<double>(weights.total_count));
    }
    // The weights are brought near 1 by a power of two (bit-neutral), so that u * x cannot overflow where x does not.
    const int shift = binary_exponent(kernels.max_abs(weights.factor.data(), weights.factor.size()));
    const PowerOfTwo down(-shift);
    std::vector<double> factor(x.size());
    std::vector<double> product(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        factor[i] = down.times(weights.factor[i]);
        product[i] = factor[i] * x[i];
    }
    const FixedPointScale weight_scale(kernels.max_abs(factor.data(), factor.size()), x.size());
    const FixedPointScale product_scale(kernels.max_abs(product.data(), product.size()), x.size());
    const double mass = fixed_sum(factor, weights, weight_scale);
    const double mean = fixed_sum(product, weights, product_scale) / mass;
    return PowerOfTwo(product_scale.exponent - weight_scale.exponent).times(mean);
}

}  // namespace hornbeam::boosting
