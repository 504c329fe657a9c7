// Gradients as integers, one tree at a time (docs/boosting.md §5).
//
// The scale is a power of two chosen from the mean magnitude, so that typical rows get about 14 bits and a packed cell
// can take 2047 rows before it is flushed; an outlier that would not fit switches the tree to wide integers of about 60
// bits. Invariant: the integers depend on the multiset of (g, h, count) alone, never on row order or threads. Whether
// they are *stored* packed or wide is a matter of speed and changes no result.
#pragma once

#include <cstdint>

#include "boosting/row_weights.hpp"
#include "common/aligned_buffer.hpp"
#include "common/fixed_point_sum.hpp"
#include "common/parallel.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

struct QuantisedGradients {
    bool packed = true;
    simd::PackedFormat format{};
    // What a packed cell can hold: sums of |q_g|, q_h and counts between two flushes.
    simd::PackedTotals capacity{};
    const std::int64_t* packed_rows = nullptr;  // if packed
    const std::int64_t* wide_gradient = nullptr;
    const std::int64_t* wide_hessian = nullptr;  // null: 1
    const std::uint32_t* count = nullptr;        // null: 1
    std::int64_t total_count = 0;

    double gradient_scale = 1.0;  // q_g -> g in units of 2^gradient_exponent
    double hessian_scale = 1.0;   // q_h -> h in units of 2^hessian_exponent
    // (mean |g|)^2 / mean h over the training rows, in units of 2^(2 gradient_exponent - hessian_exponent).
    double dispersion = 0.0;
    int gradient_exponent = 0;
    int hessian_exponent = 0;
    // For the order-free sums of the leaves, over the true gradients.
    FixedPointScale gradient_sum{0.0, 1};
    FixedPointScale hessian_sum{0.0, 1};
};

class GradientQuantiser {
  public:
    GradientQuantiser(const RowWeights& weights, parallel::ThreadLimit threads);

    // h null: the hessian is the count. Both without the weights' factor_exponent, which the result's exponents include; zero
    // for rows that are no part of total_count. Throws if a gradient is not finite. The result points into this object until
    // the next call.
    [[nodiscard]] QuantisedGradients quantise(const double* g, const double* h, std::uint64_t total_count);

  private:
    struct Magnitude {
        FixedPointScale scale{0.0, 1};
        double mean = 0.0;  // in units of 2^scale.exponent
    };

    [[nodiscard]] Magnitude magnitude(const double* x, std::uint64_t total_count) const;
    void store_packed(const double* g, const double* h, int g_bits, int h_bits, QuantisedGradients& out);
    void store_wide(const double* g, const double* h, int g_bits, int h_bits, QuantisedGradients& out);

    const RowWeights& weights_;
    parallel::ThreadLimit threads_;
    std::uint32_t max_count_ = 1;
    AlignedBuffer<std::int64_t> first_;   // packed rows, or wide gradients
    AlignedBuffer<std::int64_t> second_;  // wide hessians
};

}  // namespace hornbeam::boosting
