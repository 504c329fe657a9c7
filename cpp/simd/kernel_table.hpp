// The hot loops, as plain function pointers: one table per instruction set, chosen at import (simd/cpu).
//
// Only pointers, sizes and numbers cross this border. Every kernel computes the same bits at every level.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hornbeam::simd {

// How a row's quantised gradient is packed into one int64: gradient (signed) | hessian | count.
struct PackedFormat {
    int gradient_shift;
    int hessian_shift;
    int count_bits;
    bool has_hessian;  // else the hessian is the count
};

// Cells of one column, or feature, in a node's histogram; the missing bin is stored last, at index n_value_bins.
struct WideCells {
    std::int64_t* gradient;
    std::int64_t* hessian;
    std::uint32_t* count;
};

struct ConstWideCells {
    const std::int64_t* gradient;
    const std::int64_t* hessian;
    const std::uint32_t* count;
};

// The quantised gradients of rows, packed or wide.
struct RowGradients {
    const std::int64_t* packed;  // null: wide
    PackedFormat format;
    const std::int64_t* gradient;
    const std::int64_t* hessian;  // null: 1
    const std::uint32_t* count;   // null: 1
};

struct PackedTotals {
    std::int64_t abs_gradient;
    std::int64_t hessian;
    std::int64_t count;
};

struct FixedPointPair {
    std::int64_t hi;
    std::int64_t lo;
};

struct LeafSums {
    FixedPointPair gradient;
    FixedPointPair hessian;
};

// x 2^(S-e) as x * first * second, and S.
struct FixedPointFactors {
    double first;
    double second;
    int bits;
};

// What the split scan of one feature needs; integers are quantised sums, scales turn them into float64.
struct SplitScan {
    const std::int64_t* packed;  // or null
    PackedFormat format;
    ConstWideCells cells;  // unless packed
    std::size_t n_value_bins;
    bool search_missing_side;
    std::int64_t total_gradient;
    std::int64_t total_hessian;
    std::int64_t total_count;
    double gradient_scale;
    double hessian_scale;
    double l2;
    double parent_term;
    std::int64_t min_count;
    double min_hessian;
    // The highest ScanResult::screened of the node's other features so far: whoever stays clearly below may be told to have no
    // gain.
    float to_reach;
    // Whether the rest counts: l1, and under monotonic constraints (boosting/value_bounds.hpp) the bounds of the node's
    // values and what the feature's sign asks.
    bool is_general;
    double l1;
    double lower;
    double upper;
    int sign;
};

struct ScanResult {
    double gain;  // <= 0: no valid split
    std::uint32_t bin;
    bool missing_left;
    bool has_candidates;  // splits that leave enough rows on both sides
    float screened;  // a measure of the gain, to about 2^-18, for comparison with other features of the node; 0: none
};

// Trees over the bytes of a tile; see boosting/quantised_forest.hpp.

// One node's effect on eight leaves of a masked tree: where the byte exceeds the limit, only `kept` of them stay.
struct Clearing {
    std::uint32_t row;
    std::uint8_t limit;
    std::uint8_t kept;
};

struct MaskedTree {
    const Clearing* clearings;
    const std::uint32_t* plane_end;  // of each eight leaves, the last eight first
    std::size_t n_planes;
    const double* value;
};

struct Step {
    std::uint32_t row;
    std::uint8_t limit;
    std::uint16_t child[2];  // the second if the byte exceeds the limit
};

struct WalkedTree {
    const Step* steps;
    std::size_t depth;
    const double* value;  // per step; leaves only
};

// A walk around a tree for Shapley values; see boosting/shap_tree.hpp.

enum class ShapMove : std::uint32_t { kEnter, kLeaf, kLeave };

// A move along the edge from a node to one of its children.
struct ShapStep {
    ShapMove move;
    std::uint32_t depth;        // of the child, the root's being 0
    std::uint32_t above_depth;  // of the nearest edge further up that asks the same feature; 0: none
    std::uint32_t node;         // that decides, within the tree
    std::uint32_t goes_right;   // 1 if the edge leads to the right child
    std::uint32_t slot;         // of the feature
    double share;               // of the node's training rows that take the edge
    double sibling_share;
    double above;  // product of the shares of the same feature's edges further up; 1: none
    double value;  // of the leaf
};

struct QuadraturePoints {
    const double* point;
    const double* complement;
    std::size_t n;
};

// Of a tile of kShapRows rows. Matrices are [depth][point][row], bits are numbered as rows.
struct ShapTile {
    const std::uint32_t* goes_left;  // per node
    std::uint32_t* holds;            // per depth: the row takes this edge and all of the same feature further up
    double* product;
    double* sum;
    double* contribution;  // [slot][row]
};

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
};

// Cells per column in the packed buffer: 256 bins, padded off the power of two so that neighbouring columns do
// not share cache sets.
inline constexpr std::size_t kPackedStride = 264;
// The widest column block of histogram_packed: 12 * 264 * 8 B = 25 KB of a first-level cache.
inline constexpr std::size_t kColumnBlock = 12;
// Rows per prediction tile.
inline constexpr std::size_t kTileRows = 128;
// A leaf of a masked tree is numbered by a byte.
inline constexpr std::size_t kMaxMaskedLeaves = 256;
inline constexpr std::uint8_t kMissingBin = 255;
// Rows per tile of Shapley values: a bit each of a word.
inline constexpr std::size_t kShapRows = 16;

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
