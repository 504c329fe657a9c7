// The gain of a split from the sums on its left, for splits that are tried one by one (docs/boosting.md §6). What the scan of
// all bins of a feature computes side by side is in split_scan.kernel.inc.
#pragma once

#include <cstdint>
#include <vector>

#include "boosting/node_totals.hpp"
#include "boosting/value_bounds.hpp"

namespace hornbeam::boosting {

// Of a node's rows in each bin, or each category, of a feature; those that miss it come last.
using BinSums = std::vector<NodeTotals>;

// What a node's rows add up to, and what turns that into float64.
struct GainTerms {
    NodeTotals node;
    double gradient_scale;
    double hessian_scale;
    double l1;
    double l2;  // of the children
    double smooth;
    double parent_term;
    double price_per_nat;
    std::int64_t min_count;
    double min_hessian;
    ValueBounds bounds;

    // Whether both sides are large enough.
    [[nodiscard]] bool allow(const NodeTotals& left) const {
        const NodeTotals right = node - left;
        return left.count >= min_count && right.count >= min_count && hessian(left) >= min_hessian &&
               hessian(right) >= min_hessian;
    }

    // After its price, 0 if it is none. sign: the order that is asked of the sides, 0 for none.
    [[nodiscard]] double gain(const NodeTotals& left, double price, int sign) const {
        if (!allow(left)) return 0.0;
        const NodeTotals right = node - left;
        const BoundedSide on_left(gradient(left), hessian(left) + l2, l1, bounds);
        const BoundedSide on_right(gradient(right), hessian(right) + l2, l1, bounds);
        if (!(sign * (on_right.value - on_left.value) >= 0.0)) return 0.0;
        const double gain = on_left.term + on_right.term - parent_term - price;
        return gain > (on_left.scale + on_right.scale) * 0x1p-44 ? gain : 0.0;
    }

    [[nodiscard]] double gradient(const NodeTotals& rows) const {
        return static_cast<double>(rows.gradient) * gradient_scale;
    }
    [[nodiscard]] double hessian(const NodeTotals& rows) const {
        return static_cast<double>(rows.hessian) * hessian_scale;
    }
};

}  // namespace hornbeam::boosting
