#include "boosting/objective.hpp"

#include <cmath>

#include "common/fixed_point_sum.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

// Order-free sum of count * x, in units of 2^scale.exponent.
double fixed_sum(std::span<const double> x, const RowWeights& weights, const FixedPointScale& scale) {
    const PowerOfTwo factor = scale.to_fixed();
    const auto pair = simd::active().fixed_point_sum(x.data(), weights.count_data(0), x.size(),
                                                     {factor.first, factor.second, scale.bits});
    return FixedPointSum{pair.hi, pair.lo}.value(scale);
}

}  // namespace

double weighted_mean(std::span<const double> x, const RowWeights& weights) {
    const simd::KernelTable& kernels = simd::active();
    // x and the factors are brought below 1 by powers of two, so that no product or sum leaves the float64 range.
    const int x_exponent = binary_exponent(kernels.max_abs(x.data(), x.size()));
    const PowerOfTwo x_down(-x_exponent);
    std::vector<double> product(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) product[i] = x_down.times(x[i]);

    double mass = static_cast<double>(weights.total_count);
    int mass_exponent = 0;
    if (!weights.factor.empty()) {
        const PowerOfTwo down(-binary_exponent(kernels.max_abs(weights.factor.data(), weights.factor.size())));
        std::vector<double> factor(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) {
            factor[i] = down.times(weights.factor[i]);
            product[i] *= factor[i];
        }
        const FixedPointScale scale(kernels.max_abs(factor.data(), factor.size()), weights.total_count);
        mass = fixed_sum(factor, weights, scale);
        mass_exponent = scale.exponent;
    }
    const FixedPointScale scale(kernels.max_abs(product.data(), product.size()), weights.total_count);
    return std::ldexp(fixed_sum(product, weights, scale) / mass, scale.exponent - mass_exponent + x_exponent);
}

}  // namespace hornbeam::boosting
