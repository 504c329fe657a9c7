// What the kernels of boosting take and give.
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

}  // namespace hornbeam::simd
