#include "boosting/monotone_tree.hpp"

#include <algorithm>
#include <limits>

namespace hornbeam::boosting {

namespace {

// All values are on the left: missing values have no order.
constexpr double kAgainstMissing = std::numeric_limits<double>::infinity();

}  // namespace

MonotoneTree::MonotoneTree(const Tree& tree, const MonotoneSigns& signs) {
    if (signs.empty()) return;
    for (const TreeNode& node : tree.nodes)
        add(static_cast<std::size_t>(node.feature), node.left_categories.empty() && node.threshold != kAgainstMissing,
            node.left, node.right, signs);
}

MonotoneTree::MonotoneTree(const Model& model, std::size_t tree, const MonotoneSigns& signs) {
    if (signs.empty()) return;
    const ModelArrays& arrays = model.arrays();
    const auto end = static_cast<std::size_t>(arrays.tree_offset[tree + 1]);
    for (auto i = static_cast<std::size_t>(arrays.tree_offset[tree]); i < end; ++i)
        add(static_cast<std::size_t>(arrays.feature[i]),
            model.category_split(i).n_categories == 0 && arrays.threshold[i] != kAgainstMissing, arrays.left[i],
            arrays.right[i], signs);
}

void MonotoneTree::add(std::size_t feature, bool is_ordering, std::int32_t left, std::int32_t right,
                       const MonotoneSigns& signs) {
    const std::int8_t sign = is_ordering ? signs[feature] : std::int8_t{0};
    nodes_.push_back({left, right, sign});
    is_ordered_ = is_ordered_ || sign != 0;
}

std::vector<std::size_t> MonotoneTree::bounding_nodes() const {
    std::vector<std::size_t> found;
    for (const Node& node : nodes_) {
        if (node.sign == 0) continue;
        for (const std::int32_t child : {node.left, node.right})
            if (child >= 0) found.push_back(static_cast<std::size_t>(child));
    }
    return found;
}

std::vector<std::size_t> MonotoneTree::leaves_below(std::size_t node) const {
    std::vector<std::size_t> found;
    std::vector<std::int32_t> open{static_cast<std::int32_t>(node)};
    while (!open.empty()) {
        const std::int32_t at = open.back();
        open.pop_back();
        if (at < 0) {
            found.push_back(static_cast<std::size_t>(~at));
        } else {
            open.push_back(nodes_[static_cast<std::size_t>(at)].left);
            open.push_back(nodes_[static_cast<std::size_t>(at)].right);
        }
    }
    return found;
}

std::vector<double> MonotoneTree::middle_values(std::span<const double> leaves) const {
    struct Range {
        double least;
        double greatest;
        void operator+=(const Range& other) {
            least = std::min(least, other.least);
            greatest = std::max(greatest, other.greatest);
        }
    };
    std::vector<Range> ranges;
    for (const double value : leaves) ranges.push_back({value, value});
    std::vector<double> middles;
    for (const Range& range : summed<Range>(ranges)) middles.push_back(midpoint(range.least, range.greatest));
    return middles;
}

void MonotoneTree::bound(std::span<const double> node_values, std::span<double> leaf_values) const {
    std::vector<ValueBounds> bounds(nodes_.size());
    const auto value = [&](std::int32_t child) {
        return child < 0 ? leaf_values[static_cast<std::size_t>(~child)] : node_values[static_cast<std::size_t>(child)];
    };
    const auto pass_on = [&](std::int32_t child, const ValueBounds& to) {
        if (child >= 0) {
            bounds[static_cast<std::size_t>(child)] = to;
        } else {
            double& leaf = leaf_values[static_cast<std::size_t>(~child)];
            leaf = to.clip(leaf);
        }
    };
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        const auto [left, right] = bounds[i].of_children(node.sign, value(node.left), value(node.right));
        pass_on(node.left, left);
        pass_on(node.right, right);
    }
}

}  // namespace hornbeam::boosting
