// The trees of a model over bytes instead of values: thresholds become positions among the feature's own thresholds.
//
// x <= thresholds[t] holds exactly if fewer than t + 1 of the ascending thresholds lie below x, so bytes decide as the
// values do. Every node asks "byte > limit?" of a row of a tile; what it asks of which feature, with missing values to
// which side and with which answer clearing leaves, is in the byte: a feature has up to four such rows, its views.
//
//   view       byte of bin b (missing: 255)   byte > limit means
//   plain      b                              right, missing values too
//   wrapped    b + 1, missing wraps to 0      right, but not missing values
//   reversed   255 - either of them           left
//
// A categorical node has a view of its own: 0 where the row goes left and 255 where it goes right, or the reverse.
//
// A tree of up to 256 leaves is kept as leaf masks (QuickScorer, Lucchese et al., SIGIR 2015; in bytes as RapidScorer,
// Ye et al., KDD 2018). Each node clears the leaves of one of its sides from a bit vector of leaves; the first that
// stands is the row's. Leaves are numbered so that the side with fewer of them comes first and is the one cleared, which
// needs fewest clearings; the proof for the left side holds for any order of two sides. A larger tree is walked.
//
// Trees with more than 254 thresholds of a feature in all, or with more than 65,535 nodes and leaves, have no such form.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "boosting/edge_table.hpp"
#include "boosting/model.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

class QuantisedForest {
  public:
    // Of a feature, at most.
    static constexpr std::size_t kMaxThresholds = 254;
    // Of a tree: with one leaf more than nodes, both are numbered by 16 bits.
    static constexpr std::int64_t kMaxNodes = 32767;

    // Of these iterations; their trees are numbered from 0.
    [[nodiscard]] static std::optional<QuantisedForest> from(const Model& model, IterationRange iterations);

    // The features that any tree asks for.
    [[nodiscard]] const std::vector<std::size_t>& used_features() const { return used_features_; }
    [[nodiscard]] std::size_t n_views() const { return views_.size(); }
    [[nodiscard]] std::size_t n_trees() const { return trees_.size(); }

    // Writes the tile's rows of the entry-th used feature, of which x holds the values.
    template <typename Float>
    void fill(const simd::KernelTable& kernels, std::size_t entry, std::span<const Float> x, std::uint8_t* tile) const;

    // What a tree takes of a cache, in bytes.
    [[nodiscard]] std::size_t tree_bytes(std::size_t tree) const;

    // scores[i] += value of the leaf of row i of the tile.
    void add(const simd::KernelTable& kernels, std::size_t tree, const std::uint8_t* tile, std::size_t n_rows,
             double* scores) const;

  private:
    static constexpr std::size_t kNumbers = ~std::size_t{0};

    struct View {
        std::size_t entry;
        std::size_t split;  // into category_splits_; kNumbers: none
        bool wrapped;
        bool reversed;
        auto operator<=>(const View&) const = default;
    };
    // A distinct (feature, threshold) pair of the model; sorted.
    struct Cut {
        std::int32_t feature;
        double threshold;
        auto operator<=>(const Cut&) const = default;
    };
    // Where a node stands among the cuts.
    struct Place {
        std::size_t entry;
        std::size_t split;
        std::uint8_t limit;  // of its unreversed view
        bool wrapped;
    };
    // A node on a categorical feature.
    struct CategorySplit {
        std::size_t n_categories;
        std::size_t first_word;  // of its set, into category_bits_
        bool missing_left;
    };
    struct Span {
        std::size_t first_value;
        std::size_t n_leaves;
        std::size_t first;        // into clearings_ if masked, else into steps_
        std::size_t first_plane;  // into plane_end_
        std::size_t n_planes;     // 0: walked
        std::size_t depth;
    };

    bool collect_thresholds(const std::vector<Cut>& cuts);
    [[nodiscard]] std::vector<Place> places_of(const Model& model, std::size_t tree, const std::vector<Cut>& cuts);
    [[nodiscard]] std::size_t add_split(const Model::CategorySplit& split, bool missing_left);
    // 255 for each value that goes right, else 0.
    template <typename Float>
    void fill_sides(const CategorySplit& split, std::span<const Float> x, std::uint8_t* sides) const;
    std::uint32_t view(const View& wanted);
    void append_masked(const ModelArrays& arrays, std::size_t tree, const std::vector<Place>& places);
    void append_walked(const ModelArrays& arrays, std::size_t tree, const std::vector<Place>& places);

    std::vector<std::size_t> used_features_;
    std::vector<std::size_t> first_cut_;  // of each used feature
    EdgeTable thresholds_;                // entry by entry
    std::vector<View> views_;             // of the rows of a tile, in the order in which nodes asked for them
    std::vector<std::vector<std::uint32_t>> views_of_;  // of each used feature, into views_
    std::vector<CategorySplit> category_splits_;
    std::vector<std::uint32_t> category_bits_;
    std::vector<Span> trees_;
    std::vector<double> value_;
    std::vector<simd::Clearing> clearings_;
    std::vector<std::uint32_t> plane_end_;
    std::vector<simd::Step> steps_;
};

}  // namespace hornbeam::boosting
