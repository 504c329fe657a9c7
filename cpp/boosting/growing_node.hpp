// A node of the tree that grows.
#pragma once

#include <cstdint>
#include <vector>

#include "boosting/histogram.hpp"
#include "boosting/node_totals.hpp"
#include "boosting/row_partition.hpp"
#include "boosting/splitter.hpp"
#include "boosting/value_bounds.hpp"

namespace hornbeam::boosting {

struct GrowingNode {
    NodeRows rows;
    NodeTotals totals;
    std::size_t depth = 0;
    ValueBounds bounds;
    std::vector<std::size_t> path;  // features above the node, ascending; empty if any may meet
    BestSplit split;
    std::vector<std::uint32_t> features;  // of which some split of the node leaves enough rows on both sides, by column
    Histogram histogram;
    simd::PackedTotals magnitudes{};  // of the histogram's rows, if gradients are packed
    std::int32_t tree_index = -1;     // node or ~leaf in the finished tree
};

}  // namespace hornbeam::boosting
