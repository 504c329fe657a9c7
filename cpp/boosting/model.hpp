// The fitted model: immutable trees in flat arrays, shared between threads without locks.
//
// Its arrays are what is saved, pickled and shown to Python. validate() accepts exactly the arrays that describe trees, so
// that nothing that walks them needs a check: every node and leaf is reached once, children come after their parent,
// features are in range, values are finite, and so is every sum of them that a prediction can form.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "boosting/category.hpp"
#include "boosting/tree.hpp"

namespace hornbeam::boosting {

struct ModelArrays {
    std::int64_t n_features = 0;
    std::vector<double> baseline;           // [n_outputs]
    std::vector<std::int64_t> tree_offset;  // [n_trees + 1], into the node arrays
    std::vector<std::int32_t> feature;      // per node
    std::vector<double> threshold;          // left if x <= threshold
    std::vector<std::uint8_t> missing_left;
    std::vector<std::int32_t> left;  // >= 0: node of the same tree; < 0: leaf ~child of the same tree
    std::vector<std::int32_t> right;
    std::vector<double> gain;
    std::vector<std::int64_t> node_count;
    std::vector<std::int64_t> leaf_offset;  // [n_trees + 1], into the leaf arrays
    std::vector<double> leaf_value;
    std::vector<std::int64_t> leaf_count;
    // Empty without categorical features.
    std::vector<std::int32_t> categorical_feature;  // ascending
    std::vector<std::int64_t> n_categories;         // of each of them
    std::vector<std::int64_t> category_node;        // the nodes on such features, ascending; their threshold is 0
    std::vector<std::int64_t> category_offset;      // [n_category_nodes + 1], into category_bits
    std::vector<std::uint32_t> category_bits;  // the categories that go left, a set (category.hpp) for each such node

    // Throws ModelFormatError, naming the array and the value, unless the arrays describe trees.
    void validate() const;

    void append(const Tree& tree);

    // Keeps the first trees only.
    void truncate(std::size_t n_trees);

    // Magnitude of the largest leaf value of a tree.
    [[nodiscard]] double largest_leaf(std::size_t tree) const;

    // The magnitudes of this start of an output and of the largest leaf values of its trees, added up in order. Rounding is
    // monotone: while this is finite, so is the score of any row that starts no further out, after every tree.
    [[nodiscard]] double largest_score(std::size_t output, double start) const;
};

struct IterationRange {
    std::size_t begin;
    std::size_t end;
};

class Model {
  public:
    // Validates.
    explicit Model(ModelArrays arrays);

    [[nodiscard]] const ModelArrays& arrays() const { return arrays_; }
    [[nodiscard]] std::size_t n_features() const { return static_cast<std::size_t>(arrays_.n_features); }
    [[nodiscard]] std::size_t n_outputs() const { return arrays_.baseline.size(); }
    [[nodiscard]] std::size_t n_trees() const { return arrays_.tree_offset.size() - 1; }
    [[nodiscard]] std::size_t n_iterations() const { return n_trees() / n_outputs(); }
    [[nodiscard]] std::size_t n_leaves() const { return arrays_.leaf_value.size(); }

    // Summed gain per feature over the gain of all nodes. Only of features that are split on: a file may claim 2^31.
    [[nodiscard]] std::map<std::size_t, double> feature_importances() const;

    // The categories that go left at a node; n_categories is 0 where numbers are compared with a threshold.
    struct CategorySplit {
        std::span<const std::uint32_t> left;
        std::size_t n_categories;
    };
    [[nodiscard]] CategorySplit category_split(std::size_t node) const {
        if (category_splits_.empty() || category_splits_[node] < 0) return {{}, 0};
        const auto split = static_cast<std::size_t>(category_splits_[node]);
        const auto begin = static_cast<std::size_t>(arrays_.category_offset[split]);
        const auto end = static_cast<std::size_t>(arrays_.category_offset[split + 1]);
        return {std::span(arrays_.category_bits).subspan(begin, end - begin), n_categories_of_split_[split]};
    }

    // Whether a row with the value x of the node's feature goes left. Nodes count through all trees. The only place that
    // decides by a node as it stands.
    [[nodiscard]] bool goes_left(std::size_t node, double x) const {
        const auto [left, n_categories] = category_split(node);
        if (n_categories > 0) {
            const std::size_t category = category_of(x, n_categories);
            return category < n_categories ? has_category(left, category) : arrays_.missing_left[node] != 0;
        }
        return x != x ? arrays_.missing_left[node] != 0 : x <= arrays_.threshold[node];
    }

    // The leaf that the row reaches in a tree, counted from the tree's first.
    template <typename Row>
    [[nodiscard]] std::size_t leaf_index(std::size_t tree, const Row& row) const {
        const auto nodes = static_cast<std::size_t>(arrays_.tree_offset[tree]);
        const bool has_nodes = arrays_.tree_offset[tree + 1] > arrays_.tree_offset[tree];
        std::int32_t at = has_nodes ? 0 : ~0;
        while (at >= 0) {
            const std::size_t i = nodes + static_cast<std::size_t>(at);
            const auto x = static_cast<double>(row[static_cast<std::size_t>(arrays_.feature[i])]);
            at = goes_left(i, x) ? arrays_.left[i] : arrays_.right[i];
        }
        return static_cast<std::size_t>(~at);
    }

    // Value of the leaf that the row reaches in a tree.
    template <typename Row>
    [[nodiscard]] double leaf_value(std::size_t tree, const Row& row) const {
        return arrays_.leaf_value[static_cast<std::size_t>(arrays_.leaf_offset[tree]) + leaf_index(tree, row)];
    }

  private:
    ModelArrays arrays_;
    std::vector<std::int64_t> category_splits_;  // of each node, -1 without; empty if no node has any
    std::vector<std::size_t> n_categories_of_split_;
};

}  // namespace hornbeam::boosting
