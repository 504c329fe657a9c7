#include "boosting/splitter.hpp"

#include <cmath>
#include <numbers>
#include <utility>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

// The fields of a packed cell, or of a sum of cells.
NodeTotals unpacked(std::int64_t word, const simd::PackedFormat& format) {
    const std::int64_t count = word & ((std::int64_t{1} << format.count_bits) - 1);
    const int hessian_bits = format.gradient_shift - format.hessian_shift;
    const std::int64_t hessian = (word >> format.hessian_shift) & ((std::int64_t{1} << hessian_bits) - 1);
    return {word >> format.gradient_shift, format.has_hessian ? hessian : count, count};
}

}  // namespace

NodeTotals Splitter::totals(const Histogram& histogram, const QuantisedGradients& gradients) const {
    // Every feature's cells add up to the node; the first will do.
    return add_cells(histogram, 0, layout_.n_value_bins(0), true, gradients);
}

SplitSides Splitter::sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                           const QuantisedGradients& gradients) const {
    if (mapper_.is_categorical(split.feature)) return category_sides(histogram, split, node, gradients);
    SplitSides sides;
    sides.left = add_cells(histogram, split.feature, std::size_t{split.bin} + 1, split.missing_left, gradients);
    sides.missing_left =
        mapper_.has_missing(split.feature) ? split.missing_left : sides.left.count >= node.count - sides.left.count;
    return sides;
}

NodeTotals Splitter::add_cells(const Histogram& histogram, std::size_t feature, std::size_t n_bins, bool with_missing,
                               const QuantisedGradients& gradients) const {
    if (histogram.packed) {
        const std::int64_t* cells = histogram.packed->data() + HistogramLayout::packed(feature);
        std::int64_t sum = with_missing ? cells[simd::kMissingBin] : 0;
        for (std::size_t bin = 0; bin < n_bins; ++bin) sum += cells[bin];
        return unpacked(sum, gradients.format);
    }
    const simd::ConstWideCells cells = std::as_const(*histogram.wide).cells(layout_.wide(feature));
    NodeTotals totals;
    const auto add = [&](std::size_t bin) {
        totals.gradient += cells.gradient[bin];
        totals.hessian += cells.hessian[bin];
        totals.count += cells.count[bin];
    };
    for (std::size_t bin = 0; bin < n_bins; ++bin) add(bin);
    if (with_missing) add(layout_.n_value_bins(feature));
    return totals;
}

CategorySums Splitter::category_sums(const Histogram& histogram, std::size_t feature,
                                     const QuantisedGradients& gradients) const {
    CategorySums sums(mapper_.n_categories(feature) + 1);
    const auto [begin, end] = layout_.codes(feature);
    const bool packed = begin == end && histogram.packed;
    const std::int64_t* words = packed ? histogram.packed->data() + HistogramLayout::packed(feature) : nullptr;
    simd::ConstWideCells cells{};
    if (!packed)
        cells = begin < end ? std::as_const(*histogram.codes).cells(begin)
                            : std::as_const(*histogram.wide).cells(layout_.wide(feature));
    for (std::size_t c = 0; c < sums.size(); ++c) {
        if (packed)
            sums[c] = unpacked(words[c + 1 < sums.size() ? c : simd::kMissingBin], gradients.format);
        else
            sums[c] = {cells.gradient[c], cells.hessian[c], cells.count[c]};
    }
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
    const simd::ScanResult result = simd::active().scan_feature({
        .packed = histogram.packed ? histogram.packed->data() + HistogramLayout::packed(feature) : nullptr,
        .format = gradients.format,
        .cells =
            histogram.packed ? simd::ConstWideCells{} : std::as_const(*histogram.wide).cells(layout_.wide(feature)),
        .n_value_bins = layout_.n_value_bins(feature),
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
