// The splits of a grown tree that order the values on their sides, as monotonic constraints want it (docs/boosting.md §7).
//
// Leaves are bounded by values of the same kind as theirs: each node has the value that one leaf of all its rows would have,
// and between the children of a split that orders lies the middle of their values. Bounds nest, so any two leaves that a
// constrained feature alone tells apart are in order, whatever their values come from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/model.hpp"
#include "boosting/tree.hpp"
#include "boosting/value_bounds.hpp"

namespace hornbeam::boosting {

class MonotoneTree {
  public:
    // No signs: nothing is ordered.
    MonotoneTree(const Tree& tree, const MonotoneSigns& signs);
    MonotoneTree(const Model& model, std::size_t tree, const MonotoneSigns& signs);

    [[nodiscard]] bool is_ordered() const { return is_ordered_; }
    [[nodiscard]] std::size_t n_nodes() const { return nodes_.size(); }

    // The nodes whose values bound others.
    [[nodiscard]] std::vector<std::size_t> bounding_nodes() const;
    [[nodiscard]] std::vector<std::size_t> leaves_below(std::size_t node) const;

    // Of each node, what its leaves add up to.
    template <typename T>
    [[nodiscard]] std::vector<T> summed(std::span<const T> leaves) const {
        std::vector<T> sums(nodes_.size());
        const auto at = [&](std::int32_t child) -> const T& {
            return child < 0 ? leaves[static_cast<std::size_t>(~child)] : sums[static_cast<std::size_t>(child)];
        };
        for (std::size_t i = nodes_.size(); i-- > 0;) {  // children come after their parent
            sums[i] = at(nodes_[i].left);
            sums[i] += at(nodes_[i].right);
        }
        return sums;
    }

    // Of each node, the middle between the least and the greatest value of its leaves.
    [[nodiscard]] std::vector<double> middle_values(std::span<const double> leaves) const;

    // Clips the values of the leaves, given those of the bounding nodes.
    void bound(std::span<const double> node_values, std::span<double> leaf_values) const;

  private:
    struct Node {
        std::int32_t left;
        std::int32_t right;
        std::int8_t sign;
    };
    void add(std::size_t feature, bool is_ordering, std::int32_t left, std::int32_t right, const MonotoneSigns& signs);

    std::vector<Node> nodes_;  // none without signs
    bool is_ordered_ = false;
};

}  // namespace hornbeam::boosting
