// The hot loops, as plain function pointers: one table per instruction set, chosen at import (simd/cpu).
//
// Only pointers, sizes and numbers cross this border. Every kernel computes the same bits at every level.
#pragma once

#include <cstddef>
#include <cstdint>

#include "simd/boosting_arguments.hpp"
#include "simd/neighbor_arguments.hpp"

namespace hornbeam::simd {

struct KernelTable {
    const char* name;

    // common
    double (*max_abs)(const double* x, std::size_t n);
    FixedPointPair (*fixed_point_sum_abs)(const double* x, const std::uint32_t* count, std::size_t n,
                                          FixedPointFactors factors);
    FixedPointPair (*fixed_point_sum)(const double* x, const std::uint32_t* count, std::size_t n,
                                      FixedPointFactors factors);

    // links and losses; raw, g and h of several outputs are output-major with the given stride
    void (*exp)(const double* x, double* out, std::size_t n);
    void (*sigmoid)(const double* raw, double* out, std::size_t n);
    void (*softmax)(const double* raw, double* out, std::size_t stride, std::size_t n_outputs, std::size_t n);
    void (*logistic_gradients)(const double* raw, const double* y, double* g, double* h, std::size_t n);
    void (*logistic_losses)(const double* raw, const double* y, double* loss, std::size_t n);
    void (*softmax_gradients)(const double* raw, const double* y, double* g, double* h, std::size_t stride,
                              std::size_t n_outputs, std::size_t n);
    void (*softmax_losses)(const double* raw, const double* y, double* loss, std::size_t stride, std::size_t n_outputs,
                           std::size_t n);

    // binning
    void (*bin_float32)(const float* x, std::size_t n, const float* edges, std::uint32_t n_levels, std::uint8_t* bins);
    void (*bin_float64)(const double* x, std::size_t n, const double* edges, std::uint32_t n_levels,
                        std::uint8_t* bins);

    // quantised gradients
    void (*quantise_packed)(const double* g, const double* h, const std::uint32_t* count, std::size_t n, double g_first,
                            double g_second, double h_first, double h_second, PackedFormat format,
                            std::int64_t* packed);
    void (*quantise_wide)(const double* x, std::size_t n, double first, double second, std::int64_t* q);

    // histograms
    PackedTotals (*gather_packed)(const std::int64_t* packed, const std::uint16_t* rows, std::size_t n,
                                  PackedFormat format, std::int64_t* tile);
    void (*histogram_packed)(const std::uint8_t* bins, std::size_t row_stride, const std::uint16_t* rows,
                             const std::int64_t* tile, std::size_t n, std::size_t n_columns, std::int64_t* cells);
    // offset: how far each column stands from the first; at least two.
    void (*histogram_packed_some)(const std::uint8_t* bins, std::size_t row_stride, const std::uint16_t* rows,
                                  const std::int64_t* tile, std::size_t n, const std::uint32_t* offset,
                                  std::size_t n_columns, std::int64_t* cells);
    void (*flush_packed)(std::int64_t* cells, std::size_t n_value_bins, PackedFormat format, WideCells out);
    void (*histogram_wide)(const std::uint8_t* column, const std::uint16_t* rows, const std::int64_t* g,
                           const std::int64_t* h, const std::uint32_t* count, std::size_t n, std::size_t n_value_bins,
                           WideCells out);
    void (*histogram_codes)(const std::uint32_t* codes, const std::uint16_t* rows, std::size_t n,
                            const RowGradients& gradients, WideCells out);
    void (*histogram_listed_packed)(const std::size_t* row_begin, const std::uint32_t* cells, const std::uint16_t* rows,
                                    const std::int64_t* tile, std::size_t n, std::int64_t* out);
    void (*histogram_listed_wide)(const std::size_t* row_begin, const std::uint32_t* cells, const std::uint16_t* rows,
                                  std::size_t n, const RowGradients& gradients, WideCells out);
    void (*subtract_unpacked)(WideCells out, const std::int64_t* cells, std::size_t n_value_bins, PackedFormat format);
    void (*pack_cells)(WideCells from, std::size_t n_value_bins, PackedFormat format, std::int64_t* cells);
    void (*subtract_packed)(std::int64_t* cells, const std::int64_t* part);
    void (*move_packed)(std::int64_t* cells, std::int64_t* part);  // adds the part, which becomes zero
    void (*add_cells)(std::int64_t* g, std::int64_t* h, std::uint32_t* c, const std::int64_t* g2,
                      const std::int64_t* h2, const std::uint32_t* c2, std::size_t n);
    void (*subtract_cells)(std::int64_t* g, std::int64_t* h, std::uint32_t* c, const std::int64_t* g2,
                           const std::int64_t* h2, const std::uint32_t* c2, std::size_t n);

    // sampling: 52 random bits of each row as a number in [0, 1); those of random_u64() in common/random.hpp
    void (*random_uniforms)(std::uint64_t seed, std::uint32_t purpose, std::uint32_t item, std::uint64_t first_row,
                            std::size_t n, double* out);

    // growth
    ScanResult (*scan_feature)(const SplitScan& scan);
    std::size_t (*partition)(std::uint16_t* rows, std::size_t n, const std::uint8_t* column, std::uint8_t shift,
                             std::uint8_t bin, std::uint16_t* scratch);
    // right: what to do with each category, 0 or 1; of bytes 256 of them.
    std::size_t (*partition_bytes)(std::uint16_t* rows, std::size_t n, const std::uint8_t* column,
                                   const std::uint8_t* right, std::uint16_t* scratch);
    std::size_t (*partition_codes)(std::uint16_t* rows, std::size_t n, const std::uint32_t* codes,
                                   const std::uint8_t* right, std::uint16_t* scratch);
    LeafSums (*leaf_sums)(const double* g, const double* h, const std::uint32_t* count, const std::uint16_t* rows,
                          std::size_t n, FixedPointFactors g_factors, FixedPointFactors h_factors);

    // prediction
    void (*add_masked_tree)(const MaskedTree& tree, const std::uint8_t* tile, std::size_t n_rows, double* out);
    void (*add_walked_tree)(const WalkedTree& tree, const std::uint8_t* tile, std::size_t n_rows, double* out);

    // Shapley values
    void (*shap_factors)(const ShapStep* steps, std::size_t n, QuadraturePoints points, double* factors);
    void (*shap_walk)(const ShapStep* steps, std::size_t n, std::size_t n_points, const double* factors,
                      const ShapTile& tile);

    // neighbours, in the order of Distance
    DistanceKernels distances[kNDistances];

    std::size_t (*screen_panels)(const ScreenTile& tile, const float* panels, const float* half_norms,
                                 std::size_t width, std::size_t begin, std::size_t end);

    [[nodiscard]] const DistanceKernels& distance(Distance which) const {
        return distances[static_cast<std::size_t>(which)];
    }
};

#ifdef HORNBEAM_HAS_BASE
extern const KernelTable k_base;
#endif
#ifdef HORNBEAM_HAS_AVX2
extern const KernelTable k_avx2;
#endif
#ifdef HORNBEAM_HAS_AVX512
extern const KernelTable k_avx512;
#endif

}  // namespace hornbeam::simd
