#include "boosting/splitter.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

NodeTotals Splitter::totals(const Histogram& histogram, const QuantisedGradients& gradients) const {
    // Every column's cells add up to the node; the first will do.
    return CellRun::of_column(histogram, layout_, 0, gradients).sum(layout_.n_bytes(0), true);
}

SplitSides Splitter::sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                           const QuantisedGradients& gradients) const {
    if (mapper_.is_categorical(split.feature)) return category_sides(histogram, split, node, gradients);
    const FeatureCells cells(histogram, layout_, split.feature, node, gradients);
    SplitSides sides;
    sides.left = cells.run().sum(std::size_t{split.bin} + 1, split.missing_left);
    sides.missing_left =
        mapper_.has_missing(split.feature) ? split.missing_left : sides.left.count >= node.count - sides.left.count;
    return sides;
}

CategorySums Splitter::category_sums(const Histogram& histogram, std::size_t feature,
                                     const QuantisedGradients& gradients) const {
    CategorySums sums(mapper_.n_categories(feature) + 1);
    CellRun cells = CellRun::of_column(histogram, layout_, layout_.columns().column(feature), gradients);
    if (const auto [begin, end] = layout_.codes(feature); begin < end)
        cells = {nullptr, std::as_const(*histogram.codes).cells(begin), sums.size() - 1, gradients.format};
    for (std::size_t c = 0; c < sums.size(); ++c) sums[c] = cells.at(c);
    return sums;
}

SplitSides Splitter::category_sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                                    const QuantisedGradients& gradients) const {
    const std::size_t n = mapper_.n_categories(split.feature);
    const CategorySums sums = category_sums(histogram, split.feature, gradients);
    const std::vector<std::size_t> left =
        categories_.left_of(sums, terms(node, options_.l2 + options_.category.l2, {}, gradients), split.bin);
    SplitSides sides;
    for (const std::size_t c : left) sides.left += sums[c];

    // Where a row of none of the node's categories goes.
    const bool others_left = sides.left.count >= node.count - sides.left.count;
    std::vector<std::uint8_t> goes_left(n + 1);
    for (std::size_t c = 0; c <= n; ++c) goes_left[c] = others_left && sums[c].count == 0;
    for (const std::size_t c : left) goes_left[c] = 1;
    sides.missing_left = goes_left[n] != 0;
    sides.left_categories.resize(n_category_words(n));
    for (std::size_t c = 0; c < n; ++c)
        if (goes_left[c] != 0) add_category(sides.left_categories, c);
    return sides;
}

BestSplit Splitter::scan(const Histogram& histogram, std::size_t feature, const NodeTotals& node,
                         const ValueBounds& bounds, const QuantisedGradients& gradients) const {
    if (mapper_.is_categorical(feature)) {
        const GainTerms t = terms(node, options_.l2 + options_.category.l2, bounds, gradients);
        const auto [gain, candidate] = categories_.best(category_sums(histogram, feature, gradients), t);
        return {gain, feature, candidate, false};
    }
    const GainTerms t = terms(node, options_.l2, bounds, gradients);
    const FeatureCells cells(histogram, layout_, feature, node, gradients);
    const simd::ScanResult result = simd::active().scan_feature({
        .packed = cells.run().packed,
        .format = gradients.format,
        .cells = cells.run().wide,
        .n_value_bins = cells.run().n_value_bins,
        .search_missing_side = mapper_.has_missing(feature),
        .total_gradient = node.gradient,
        .total_hessian = node.hessian,
        .total_count = node.count,
        .gradient_scale = t.gradient_scale,
        .hessian_scale = t.hessian_scale,
        .l2 = t.l2,
        .parent_term = t.parent_term,
        .min_count = t.min_count,
        .min_hessian = t.min_hessian,
        .is_bounded = sign(feature) != 0 || !bounds.are_infinite(),
        .lower = bounds.lower,
        .upper = bounds.upper,
        .sign = sign(feature),
    });
    return {result.gain, feature, result.bin, result.missing_left};
}

std::pair<ValueBounds, ValueBounds> Splitter::child_bounds(const BestSplit& split, const SplitSides& sides,
                                                           const NodeTotals& node, const ValueBounds& bounds,
                                                           const QuantisedGradients& gradients) const {
    const bool values_against_missing = split.bin >= mapper_.edges(split.feature).size();
    const int order = values_against_missing ? 0 : sign(split.feature);
    if (order == 0) return {bounds, bounds};
    return bounds.of_children(order, side(sides.left, bounds, gradients).value,
                              side(node - sides.left, bounds, gradients).value);
}

GainTerms Splitter::terms(const NodeTotals& node, double l2, const ValueBounds& bounds,
                          const QuantisedGradients& gradients) const {
    return {
        .node = node,
        .gradient_scale = gradients.gradient_scale,
        .hessian_scale = gradients.hessian_scale,
        .l2 = std::ldexp(l2, -gradients.hessian_exponent),
        .smooth = std::ldexp(options_.category.smooth, -gradients.hessian_exponent),
        .parent_term = side(node, bounds, gradients).term,
        .price_per_nat = options_.category.cost * std::numbers::pi * gradients.dispersion,
        .min_count = options_.min_samples_leaf,
        .min_hessian = min_hessian(gradients),
        .bounds = bounds,
    };
}

BoundedSide Splitter::side(const NodeTotals& rows, const ValueBounds& bounds,
                           const QuantisedGradients& gradients) const {
    const double gradient = static_cast<double>(rows.gradient) * gradients.gradient_scale;
    return {gradient, hessian(rows, gradients) + std::ldexp(options_.l2, -gradients.hessian_exponent), bounds};
}

bool Splitter::may_split(const NodeTotals& node, const QuantisedGradients& gradients) const {
    return node.count / 2 >= options_.min_samples_leaf && hessian(node, gradients) >= min_hessian(gradients);
}

double Splitter::hessian(const NodeTotals& node, const QuantisedGradients& gradients) const {
    return static_cast<double>(node.hessian) * gradients.hessian_scale;
}

double Splitter::min_hessian(const QuantisedGradients& gradients) const {
    return std::ldexp(options_.min_hessian, -gradients.hessian_exponent);
}

}  // namespace hornbeam::boosting
