#include "boosting/shap_tree.hpp"

#include <algorithm>
#include <cmath>

#include "common/fixed_point_sum.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

// Enough for the product of up to d - 1 linear factors with values in [0, 1]. Half as many are exact. On the ellipse around
// [0, 1] that Gauss-Legendre quadrature of q points is bounded by (Trefethen, Approximation Theory, theorem 19.3) of size
// e^s, the product is at most e^(d s^2 / 4), and the error of the order of e^(d s^2 / 4 - 2 q s), at best e^(-4 q^2 / d):
// with q = 4 sqrt(d) it is e^-64, far below what float64 resolves.
std::size_t points_for(std::size_t d) {
    const auto enough = static_cast<std::size_t>(std::ceil(4.0 * std::sqrt(static_cast<double>(d))));
    return std::max<std::size_t>(1, std::min((d + 1) / 2, enough));
}

// Walks depth first without recursion: a tree may be as deep as it has leaves.
class Walk {
  public:
    Walk(const ModelArrays& arrays, std::size_t tree, std::size_t n_slots, int exponent)
        : arrays_(arrays),
          first_leaf_(static_cast<std::size_t>(arrays.leaf_offset[tree])),
          above_(n_slots),
          to_unit_(-exponent) {}

    void run(ShapTree& out) {
        std::size_t n_features = 0;  // on the path
        std::size_t most_features = 0;
        open_.push_back({.node = 0, .reached = 1.0});
        while (!open_.empty()) {
            if (out.steps.size() % kPollSteps == 0) parallel::poll();
            Visit& visit = open_.back();
            if (visit.side == 2) {
                open_.pop_back();
                if (!open_.empty()) n_features -= leave(open_.back(), out);
                continue;
            }
            const std::size_t i = out.first_node + static_cast<std::size_t>(visit.node);
            const std::int32_t child = visit.side == 0 ? arrays_.left[i] : arrays_.right[i];
            simd::ShapStep step = edge(visit, out);
            const double reached = visit.reached * step.share;
            const bool is_new = step.above_depth == 0;
            most_features = std::max(most_features, n_features + is_new);
            out.max_depth = std::max<std::size_t>(out.max_depth, step.depth);
            if (child < 0) {
                step.move = simd::ShapMove::kLeaf;
                step.value = leaf_value(~child);
                out.expected_value += reached * step.value;
                ++visit.side;
            } else {
                step.move = simd::ShapMove::kEnter;
                visit.entered = out.steps.size();
                above_[step.slot] = {step.depth, step.above * step.share};
                n_features += is_new;
                open_.push_back({.node = child, .reached = reached});
            }
            out.steps.push_back(step);
        }
        out.n_points = points_for(most_features);
    }

    [[nodiscard]] double leaf_value(std::int32_t leaf) const {
        return to_unit_.times(arrays_.leaf_value[first_leaf_ + static_cast<std::size_t>(leaf)]);
    }

  private:
    static constexpr std::size_t kPollSteps = 4096;

    struct Visit {
        std::int32_t node;
        double reached;
        int side = 0;             // of the next edge: left, right, none
        std::size_t entered = 0;  // the step into the present child
    };

    // The nearest edge of a feature on the path.
    struct Above {
        std::uint32_t depth = 0;
        double share = 1.0;  // the product of all of the feature
    };

    [[nodiscard]] double count_of(std::int32_t child, std::size_t first_node) const {
        const std::int64_t count = child >= 0 ? arrays_.node_count[first_node + static_cast<std::size_t>(child)]
                                              : arrays_.leaf_count[first_leaf_ + static_cast<std::size_t>(~child)];
        return static_cast<double>(count);
    }

    [[nodiscard]] simd::ShapStep edge(const Visit& visit, const ShapTree& out) const {
        const auto node = static_cast<std::size_t>(visit.node);
        const std::uint32_t slot = out.slot[node];
        // Of the children's counts, not the node's: shares add up to 1 whatever a file claims.
        double own = count_of(arrays_.left[out.first_node + node], out.first_node);
        double other = count_of(arrays_.right[out.first_node + node], out.first_node);
        if (own + other == 0.0) own = other = 1.0;
        if (visit.side == 1) std::swap(own, other);
        return {.move = simd::ShapMove::kEnter,
                .depth = static_cast<std::uint32_t>(open_.size()),
                .above_depth = above_[slot].depth,
                .node = static_cast<std::uint32_t>(visit.node),
                .goes_right = static_cast<std::uint32_t>(visit.side),
                .slot = slot,
                .share = own / (own + other),
                .sibling_share = other / (own + other),
                .above = above_[slot].share,
                .value = 0.0};
    }

    // Back to the parent; how many features fewer its path has.
    std::size_t leave(Visit& parent, ShapTree& out) {
        simd::ShapStep step = out.steps[parent.entered];
        step.move = simd::ShapMove::kLeave;
        above_[step.slot] = {step.above_depth, step.above};
        out.steps.push_back(step);
        ++parent.side;
        return step.above_depth == 0 ? 1 : 0;
    }

    const ModelArrays& arrays_;
    std::size_t first_leaf_;
    std::vector<Above> above_;  // per slot
    PowerOfTwo to_unit_;
    std::vector<Visit> open_;  // from the root down
};

}  // namespace

ShapTree::ShapTree(const ModelArrays& arrays, std::size_t tree, const std::vector<std::int32_t>& features, int exponent)
    : first_node(static_cast<std::size_t>(arrays.tree_offset[tree])) {
    const auto end = static_cast<std::size_t>(arrays.tree_offset[tree + 1]);
    slot.reserve(end - first_node);
    for (std::size_t i = first_node; i < end; ++i) {
        const auto place = std::ranges::lower_bound(features, arrays.feature[i]);
        slot.push_back(static_cast<std::uint32_t>(place - features.begin()));
    }
    Walk walk(arrays, tree, features.size(), exponent);
    if (slot.empty())
        expected_value = walk.leaf_value(0);
    else
        walk.run(*this);
}

}  // namespace hornbeam::boosting
