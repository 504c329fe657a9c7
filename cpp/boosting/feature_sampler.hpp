// Which features a tree learns from, a node may look at and does look at (docs/boosting.md §6).
//
//   all --share by tree--> the tree's --those that the path allows, share by level--> the level's --share by node--> the node's
//
// A share is of what is left, and at least one: draws nest, and no node is without a feature.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/interactions.hpp"

namespace hornbeam::boosting {

struct FeatureOptions {
    double by_tree = 1.0;
    double by_level = 1.0;
    double by_node = 1.0;
    InteractionOptions interactions;
};

class FeatureSampler {
  public:
    FeatureSampler(const FeatureOptions& options, std::size_t n_features, std::uint64_t seed);

    // Before anything is asked of a tree. tree: its number in the model, which keys all draws.
    void start_tree(std::uint32_t tree);

    // Ascending.
    [[nodiscard]] std::span<const std::size_t> of_tree() const { return of_tree_; }
    // Of a node with these features on its path, ascending both.
    [[nodiscard]] std::vector<std::size_t> of_node(std::size_t node, std::size_t depth,
                                                   std::span<const std::size_t> path) const;

    // Whether a node may not look at all features of its tree.
    [[nodiscard]] bool draws_by_node() const {
        return asks_for_paths() || options_.by_level < 1.0 || options_.by_node < 1.0;
    }
    // Whether it matters which features a path has.
    [[nodiscard]] bool asks_for_paths() const { return interactions_.are_limited(); }

  private:
    FeatureOptions options_;
    std::size_t n_features_;
    std::uint64_t seed_;
    Interactions interactions_;
    std::uint32_t tree_ = 0;
    std::vector<std::size_t> of_tree_;
};

}  // namespace hornbeam::boosting
