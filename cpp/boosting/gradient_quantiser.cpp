#include "boosting/gradient_quantiser.hpp"

#include <algorithm>
#include <cmath>

#include "boosting/order_free_sum.hpp"
#include "common/error.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 16384;
constexpr std::uint64_t kNanosecondsPerRow = 2;

// Fields of the packed word: gradient | hessian | count, 27 + 26 + 11 bits; without hessian 48 + 16.
constexpr simd::PackedFormat kWithHessian{
    .gradient_shift = 37, .hessian_shift = 11, .count_bits = 11, .has_hessian = true};
constexpr simd::PackedFormat kCountOnly{
    .gradient_shift = 16, .hessian_shift = 0, .count_bits = 16, .has_hessian = false};

struct Budget {
    simd::PackedFormat format;
    int capacity_bits;     // a full window of mean-sized rows sums to at most 2^capacity_bits ...
    std::uint64_t window;  // ... and has this many rows; the field itself holds twice that
};

constexpr Budget kWithHessianBudget{kWithHessian, 25, 2047};
constexpr Budget kCountOnlyBudget{kCountOnly, 46, 65535};
constexpr int kWideBits = 60;

// The split search takes fields as 32-bit integers, a gradient beside a Hessian out of the upper half of the word
// (split_candidates_screened.kernel.inc).
constexpr bool fields_fit_32_bits(const simd::PackedFormat& format) {
    const int hessian_bits = format.has_hessian ? format.gradient_shift - format.hessian_shift : 0;
    return format.count_bits < 31 && hessian_bits < 31 && (!format.has_hessian || format.gradient_shift >= 32);
}
static_assert(fields_fit_32_bits(kWithHessian) && fields_fit_32_bits(kCountOnly));

// The largest k with 2^k * amount <= 2^capacity_bits; amount > 0.
int largest_power(double amount, int capacity_bits) {
    int exponent = 0;
    const double mantissa = std::frexp(amount, &exponent);
    return capacity_bits - exponent + (mantissa == 0.5 ? 1 : 0);
}

}  // namespace

GradientQuantiser::GradientQuantiser(const RowWeights& weights, parallel::ThreadLimit threads)
    : weights_(weights), threads_(threads), first_(weights.n_rows) {
    if (!weights.count.empty()) max_count_ = *std::ranges::max_element(weights.count);
}

GradientQuantiser::Magnitude GradientQuantiser::magnitude(const double* x, std::uint64_t total_count) const {
    const std::span<const double> values{x, weights_.n_rows};
    const double largest = max_magnitude(values, threads_);
    check_argument(std::isfinite(largest),
                   "the gradients left the float64 range: y, sample_weight or learning_rate is too large");
    const OrderFreeSum sum = order_free_sum_of_magnitudes(values, largest, weights_, total_count, threads_);
    return {sum.scale, total_count > 0 ? sum.value / static_cast<double>(total_count) : 0.0};
}

QuantisedGradients GradientQuantiser::quantise(const double* g, const double* h, std::uint64_t total_count) {
    const Budget& budget = h ? kWithHessianBudget : kCountOnlyBudget;
    const auto rows = static_cast<double>(total_count);
    const auto window = static_cast<double>(std::min(total_count, budget.window));
    const Magnitude g_size = magnitude(g, total_count);
    const Magnitude h_size = h ? magnitude(h, total_count) : Magnitude{};

    const auto bits = [&](const Magnitude& size) {
        return size.mean == 0.0 ? 0 : largest_power(size.mean * window, budget.capacity_bits);
    };
    const auto wide_bits = [&](const Magnitude& size) {
        return size.mean == 0.0 ? 0 : std::min(kWideBits, largest_power(size.mean * rows, kWideBits));
    };
    int g_bits = bits(g_size);
    int h_bits = h ? bits(h_size) : 0;
    const bool outlier = std::max(g_bits, h_bits) > budget.capacity_bits;
    if (outlier) {
        g_bits = wide_bits(g_size);
        h_bits = h ? wide_bits(h_size) : 0;
    }

    QuantisedGradients out;
    out.gradient_sum = g_size.scale;
    out.hessian_sum = h_size.scale;
    out.gradient_exponent = g_size.scale.exponent + weights_.factor_exponent;
    out.gradient_scale = std::ldexp(1.0, -g_bits);
    out.hessian_exponent = h ? h_size.scale.exponent + weights_.factor_exponent : 0;
    out.hessian_scale = std::ldexp(1.0, -h_bits);
    out.dispersion = h_size.mean > 0.0 || !h ? g_size.mean * g_size.mean / (h ? h_size.mean : 1.0) : 0.0;
    out.count = weights_.count_data(0);
    out.total_count = static_cast<std::int64_t>(total_count);

    // A frequency multiplies the row's word, which must still fit its fields: then any single row can be accumulated.
    const auto field = (std::int64_t{1} << (budget.capacity_bits + 1)) - 1;
    const auto fits = [&](int size_bits) { return max_count_ <= field >> size_bits; };
    out.format = budget.format;
    out.capacity = {field, field, static_cast<std::int64_t>(budget.window)};
    out.packed = !outlier && fits(g_bits) && fits(h_bits) && max_count_ <= budget.window;
    if (out.packed)
        store_packed(g, h, g_bits - g_size.scale.exponent, h_bits - h_size.scale.exponent, out);
    else
        store_wide(g, h, g_bits - g_size.scale.exponent, h_bits - h_size.scale.exponent, out);
    return out;
}

void GradientQuantiser::store_packed(const double* g, const double* h, int g_shift, int h_shift,
                                     QuantisedGradients& out) {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t n = weights_.n_rows;
    const PowerOfTwo g_factor(g_shift);
    const PowerOfTwo h_factor(h_shift);
    const auto limit = parallel::limit_for(threads_, n * kNanosecondsPerRow);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        kernels.quantise_packed(g + begin, h ? h + begin : nullptr, weights_.count_data(begin), end - begin,
                                g_factor.first, g_factor.second, h_factor.first, h_factor.second, out.format,
                                first_.data() + begin);
    });
    out.packed_rows = first_.data();
}

void GradientQuantiser::store_wide(const double* g, const double* h, int g_shift, int h_shift,
                                   QuantisedGradients& out) {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t n = weights_.n_rows;
    if (h && second_.empty()) second_ = AlignedBuffer<std::int64_t>(n);
    const PowerOfTwo g_factor(g_shift);
    const PowerOfTwo h_factor(h_shift);
    const auto limit = parallel::limit_for(threads_, n * kNanosecondsPerRow);
    parallel::for_ranges(n, kChunkRows, limit, [&](std::size_t begin, std::size_t end) {
        kernels.quantise_wide(g + begin, end - begin, g_factor.first, g_factor.second, first_.data() + begin);
        if (h) kernels.quantise_wide(h + begin, end - begin, h_factor.first, h_factor.second, second_.data() + begin);
    });
    out.wide_gradient = first_.data();
    out.wide_hessian = h ? second_.data() : nullptr;
}

}  // namespace hornbeam::boosting
