// The integer sums of gradient, hessian and count over rows.
#pragma once

#include <cstdint>

#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

struct NodeTotals {
    std::int64_t gradient = 0;
    std::int64_t hessian = 0;
    std::int64_t count = 0;

    NodeTotals& operator+=(const NodeTotals& other) {
        gradient += other.gradient;
        hessian += other.hessian;
        count += other.count;
        return *this;
    }
    friend NodeTotals operator-(const NodeTotals& a, const NodeTotals& b) {
        return {a.gradient - b.gradient, a.hessian - b.hessian, a.count - b.count};
    }
};

// As one word, or a sum of cells, holds them; the caller knows that they fit.
[[nodiscard]] inline std::int64_t packed(const NodeTotals& totals, const simd::PackedFormat& format) {
    const auto gradient = static_cast<std::uint64_t>(totals.gradient) << format.gradient_shift;
    const auto hessian = format.has_hessian ? static_cast<std::uint64_t>(totals.hessian) << format.hessian_shift : 0;
    return static_cast<std::int64_t>(gradient + hessian + static_cast<std::uint64_t>(totals.count));
}

[[nodiscard]] inline NodeTotals unpacked(std::int64_t word, const simd::PackedFormat& format) {
    const std::int64_t count = word & ((std::int64_t{1} << format.count_bits) - 1);
    const int hessian_bits = format.gradient_shift - format.hessian_shift;
    const std::int64_t hessian = (word >> format.hessian_shift) & ((std::int64_t{1} << hessian_bits) - 1);
    return {word >> format.gradient_shift, format.has_hessian ? hessian : count, count};
}

}  // namespace hornbeam::boosting
