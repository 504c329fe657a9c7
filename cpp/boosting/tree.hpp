// A grown tree: inner nodes and leaves in flat arrays.
//
// Child >= 0 is a node index, greater than its parent's (so a tree cannot contain a cycle); child < 0 is leaf ~child.
// A tree without nodes has one leaf. Leaf values are [n_leaves, n_outputs]; a tree of today has one output.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace hornbeam::boosting {

// Leaf values and gains are numbers.
[[nodiscard]] inline double clipped_to_finite(double x) {
    constexpr double kLargest = std::numeric_limits<double>::max();
    return std::clamp(x, -kLargest, kLargest);
}

struct TreeNode {
    std::int32_t feature;
    std::uint32_t bin;                           // goes left if bin(x) <= bin
    double threshold;                            // the same in values: goes left if x <= threshold
    std::vector<std::uint32_t> left_categories;  // goes left if in the set (category.hpp); empty: numbers
    bool missing_left;
    std::int32_t left;
    std::int32_t right;
    double gain;  // in true units
    std::int64_t count;
};

struct TreeLeaf {
    double value;
    std::int64_t count;
};

struct Tree {
    std::vector<TreeNode> nodes;
    std::vector<TreeLeaf> leaves;
};

}  // namespace hornbeam::boosting
