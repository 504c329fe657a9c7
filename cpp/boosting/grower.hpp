// Grows one tree, best first (docs/boosting.md §7): of the leaves that can be split, the one with the highest gain.
//
//   pop best leaf -> partition its rows -> histogram of the smaller child -> sibling = parent - child
//                 -> scan both children, feature by feature -> push them
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "boosting/fit_profile.hpp"
#include "boosting/histogram_builder.hpp"
#include "boosting/interactions.hpp"
#include "boosting/leaf_learner.hpp"
#include "boosting/row_partition.hpp"
#include "boosting/splitter.hpp"
#include "boosting/tree.hpp"

namespace hornbeam::boosting {

struct GrowOptions {
    std::size_t max_leaf_nodes = 31;  // 0: no limit
    std::size_t max_depth = 0;        // 0: no limit
    double max_features = 1.0;
    std::uint64_t seed = 0;
    SplitOptions split;
    InteractionOptions interactions;
};

class Grower {
  public:
    Grower(const BinnedMatrix& X, const BinMapper& mapper, const GrowOptions& options, parallel::ThreadLimit threads,
           FitProfile& profile);
    Grower(const Grower&) = delete;
    Grower& operator=(const Grower&) = delete;

    // tree_index keys the random choice of features.
    // Leaves have no values yet.
    [[nodiscard]] Tree grow(const QuantisedGradients& gradients, std::uint32_t tree_index);

    // Of the tree just grown. The result points into this object until the next tree.
    [[nodiscard]] LeafPartition leaves() const;

  private:
    struct Node {
        NodeRows rows;
        NodeTotals totals;
        std::size_t depth = 0;
        ValueBounds bounds;
        std::vector<std::size_t> path;  // features above the node, ascending; empty if any may meet
        BestSplit split;
        Histogram histogram;
        simd::PackedTotals magnitudes{};  // of the histogram's rows, if gradients are packed
        std::int32_t tree_index = -1;     // node or ~leaf in the finished tree
    };

    [[nodiscard]] bool may_split(const Node& node, const QuantisedGradients& gradients) const;
    void search_root(const QuantisedGradients& gradients, Node& root);
    void split_node(std::size_t parent, const SplitSides& sides, const QuantisedGradients& gradients);
    void search_children(const QuantisedGradients& gradients, Node& parent, Node& left, Node& right);
    // Scans the nodes. The histogram of `fresh` was just accumulated and is finished; if there is a sibling, whose own still
    // holds the parent's, it is taken off that.
    void scan(const QuantisedGradients& gradients, const std::vector<Node*>& wanted, Histogram* fresh,
              Histogram* sibling);
    [[nodiscard]] std::vector<std::size_t> candidate_features(std::size_t node) const;
    [[nodiscard]] TreeNode tree_node(const Node& node, SplitSides sides, const QuantisedGradients& gradients) const;

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
    std::vector<std::size_t> scan_chunks_;
    Interactions interactions_;

    std::vector<Node> nodes_;          // of the current tree, in order of creation
    std::vector<std::size_t> leaves_;  // nodes_ index of each leaf of the finished tree
    std::uint32_t tree_index_ = 0;
};

}  // namespace hornbeam::boosting
