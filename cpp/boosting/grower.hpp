// Grows one tree, best first (docs/boosting.md §7): of the leaves that can be split, the one with the highest gain.
//
//   pop best leaf -> partition its rows -> histogram of the smaller child -> sibling = parent - child
//                 -> scan both children, feature by feature -> push them
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "boosting/feature_sampler.hpp"
#include "boosting/fit_profile.hpp"
#include "boosting/growing_node.hpp"
#include "boosting/histogram_builder.hpp"
#include "boosting/leaf_learner.hpp"
#include "boosting/row_partition.hpp"
#include "boosting/split_search.hpp"
#include "boosting/splitter.hpp"
#include "boosting/tree.hpp"

namespace hornbeam::boosting {

struct GrowOptions {
    std::size_t max_leaf_nodes = 31;  // 0: no limit
    std::size_t max_depth = 0;        // 0: no limit
    std::uint64_t seed = 0;
    FeatureOptions features;
    SplitOptions split;
};

class Grower {
  public:
    Grower(const BinnedMatrix& X, const BinMapper& mapper, const GrowOptions& options, parallel::ThreadLimit threads,
           FitProfile& profile);
    Grower(const Grower&) = delete;
    Grower& operator=(const Grower&) = delete;

    // tree_index keys what is drawn. sample: the rows to learn from; null: all.
    // Leaves have no values yet.
    [[nodiscard]] Tree grow(const QuantisedGradients& gradients, std::uint32_t tree_index, const RowSample* sample);

    // Of the tree just grown: the rows that it learned from, and where its splits send the others of the sample. The results
    // point into this object until the next tree.
    [[nodiscard]] LeafPartition leaves() const;
    [[nodiscard]] LeafPartition leaves_of_others(const Tree& tree, const RowSample& sample);

  private:
    void draw_features(std::uint32_t tree_index);
    [[nodiscard]] bool may_split(const GrowingNode& node, const QuantisedGradients& gradients) const;
    void search_root(const QuantisedGradients& gradients, const RowSample* sample, GrowingNode& root);
    void split_node(std::size_t parent, const SplitSides& sides, const QuantisedGradients& gradients);
    void search_children(const QuantisedGradients& gradients, GrowingNode& parent, GrowingNode& left,
                         GrowingNode& right);
    [[nodiscard]] LeafPartition partition_of(const std::vector<const NodeRows*>& leaves) const;
    void drop_wide_cells(Histogram& histogram);
    [[nodiscard]] SplitSearch::Wanted wanted(GrowingNode& node) const;
    [[nodiscard]] TreeNode tree_node(const GrowingNode& node, SplitSides sides,
                                     const QuantisedGradients& gradients) const;

    const BinnedMatrix& X_;
    const BinMapper& mapper_;
    GrowOptions options_;
    parallel::ThreadLimit threads_;
    FitProfile& profile_;
    HistogramLayout layout_;
    HistogramPool pool_;
    RowPartition partition_;
    HistogramBuilder builder_;
    Splitter splitter_;
    FeatureSampler features_;
    SplitSearch search_;

    // Of the current tree.
    std::vector<std::size_t> columns_;  // that hold its features
    std::vector<GrowingNode> nodes_;    // in order of creation
    std::vector<std::size_t> leaves_;   // nodes_ index of each leaf of the finished tree
};

}  // namespace hornbeam::boosting
