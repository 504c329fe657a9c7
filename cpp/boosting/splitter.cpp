#include "boosting/splitter.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "common/random.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

BinSums bin_sums(const CellRun& cells) {
    BinSums sums(cells.n_value_bins + 1);
    for (std::size_t bin = 0; bin < sums.size(); ++bin) sums[bin] = cells.at(bin);
    return sums;
}

}  // namespace

NodeTotals Splitter::totals(const Histogram& histogram, std::size_t column, const QuantisedGradients& gradients) const {
    const CellRun run = CellRun::of_column(histogram, layout_, column, gradients);
    return layout_.columns().is_listed(column) ? run.at(0) : run.sum(layout_.n_bytes(column), true);
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

BinSums Splitter::category_sums(const Histogram& histogram, std::size_t feature,
                                const QuantisedGradients& gradients) const {
    CellRun cells = CellRun::of_column(histogram, layout_, layout_.columns().column(feature), gradients);
    if (const auto [begin, end] = layout_.codes(feature); begin < end)
        cells = {nullptr, std::as_const(*histogram.codes).cells(begin), mapper_.n_categories(feature),
                 gradients.format};
    return bin_sums(cells);
}

SplitSides Splitter::category_sides(const Histogram& histogram, const BestSplit& split, const NodeTotals& node,
                                    const QuantisedGradients& gradients) const {
    const std::size_t n = mapper_.n_categories(split.feature);
    const BinSums sums = category_sums(histogram, split.feature, gradients);
    const std::vector<std::size_t> left =
        categories_.left_of(sums, terms_with(node, options_.l2 + options_.category.l2, {}, gradients), split.bin);
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

FeatureSplit Splitter::scan(const Histogram& histogram, std::size_t feature, const NodeTerms& terms,
                            const QuantisedGradients& gradients, std::uint64_t random_bits, float to_reach) const {
    if (mapper_.is_categorical(feature))
        return {scan_categories(category_sums(histogram, feature, gradients), feature, terms.category, random_bits)};
    const GainTerms& t = terms.number;
    const FeatureCells cells(histogram, layout_, feature, t.node, gradients);
    if (options_.extra_trees) return scan_drawn_bin(bin_sums(cells.run()), feature, t, random_bits);
    const simd::ScanResult result = simd::active().scan_feature({
        .packed = cells.run().packed,
        .format = gradients.format,
        .cells = cells.run().wide,
        .n_value_bins = cells.run().n_value_bins,
        .search_missing_side = mapper_.has_missing(feature),
        .total_gradient = t.node.gradient,
        .total_hessian = t.node.hessian,
        .total_count = t.node.count,
        .gradient_scale = t.gradient_scale,
        .hessian_scale = t.hessian_scale,
        .l2 = t.l2,
        .parent_term = t.parent_term,
        .min_count = t.min_count,
        .min_hessian = t.min_hessian,
        .to_reach = to_reach,
        .is_general = t.l1 > 0.0 || sign(feature) != 0 || !t.bounds.are_infinite(),
        .l1 = t.l1,
        .lower = t.bounds.lower,
        .upper = t.bounds.upper,
        .sign = sign(feature),
    });
    return {{result.gain, feature, result.bin, result.missing_left}, result.has_candidates, result.screened};
}

BestSplit Splitter::scan_categories(const BinSums& sums, std::size_t feature, const GainTerms& terms,
                                    std::uint64_t random_bits) const {
    const auto [gain, candidate] =
        options_.extra_trees ? categories_.drawn(sums, terms, random_bits) : categories_.best(sums, terms);
    return {gain, feature, candidate, false};
}

FeatureSplit Splitter::scan_drawn_bin(const BinSums& sums, std::size_t feature, const GainTerms& terms,
                                      std::uint64_t random_bits) const {
    struct Candidate {
        std::size_t bin;
        NodeTotals left;
        NodeTotals left_with_missing;
    };
    const std::size_t n_bins = sums.size() - 1;
    std::vector<Candidate> allowed;
    allowed.reserve(n_bins);
    Candidate at{0, {}, sums.back()};
    for (; at.bin < n_bins; ++at.bin) {
        at.left += sums[at.bin];
        at.left_with_missing += sums[at.bin];
        if (sums[at.bin].count > 0 && (terms.allow(at.left) || terms.allow(at.left_with_missing)))
            allowed.push_back(at);
    }
    if (allowed.empty()) return {{}, false};
    const auto& [bin, left, left_with_missing] = allowed[draw_below(random_bits, allowed.size())];
    const bool values_against_missing = bin + 1 == n_bins;
    const int order = values_against_missing ? 0 : sign(feature);
    const double missing_right = terms.gain(left, 0.0, order);
    const double missing_left =
        mapper_.has_missing(feature) && !values_against_missing ? terms.gain(left_with_missing, 0.0, order) : 0.0;
    return {{std::max(missing_left, missing_right), feature, static_cast<std::uint32_t>(bin),
             missing_left > 0.0 && missing_left >= missing_right}};
}

bool Splitter::is_worth(const BestSplit& split, const QuantisedGradients& gradients) const {
    const int unit = 2 * gradients.gradient_exponent - gradients.hessian_exponent;
    return split.found() && std::ldexp(split.gain, unit) >= options_.min_gain;
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

NodeTerms Splitter::terms(const NodeTotals& node, const ValueBounds& bounds,
                          const QuantisedGradients& gradients) const {
    const GainTerms number = terms_with(node, options_.l2, bounds, gradients);
    GainTerms category = number;
    category.l2 = std::ldexp(options_.l2 + options_.category.l2, -gradients.hessian_exponent);
    return {number, category};
}

GainTerms Splitter::terms_with(const NodeTotals& node, double l2, const ValueBounds& bounds,
                               const QuantisedGradients& gradients) const {
    return {
        .node = node,
        .gradient_scale = gradients.gradient_scale,
        .hessian_scale = gradients.hessian_scale,
        .l1 = std::ldexp(options_.l1, -gradients.gradient_exponent),
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
    return {gradient, hessian(rows, gradients) + std::ldexp(options_.l2, -gradients.hessian_exponent),
            std::ldexp(options_.l1, -gradients.gradient_exponent), bounds};
}

bool Splitter::may_split(const NodeTotals& node, const QuantisedGradients& gradients) const {
    return node.count / 2 >= options_.min_samples_leaf && hessian(node, gradients) >= min_hessian(gradients);
}

double Splitter::hessian(const NodeTotals& node, const QuantisedGradients& gradients) const {
    return static_cast<double>(node.hessian) * gradients.hessian_scale;
}

double Splitter::min_hessian(const QuantisedGradients& gradients) const {
    const double least = std::ldexp(options_.min_hessian, -gradients.hessian_exponent);
    // Without any, the denominator would be zero.
    const bool may_be_zero = std::ldexp(options_.l2, -gradients.hessian_exponent) > 0.0;
    return may_be_zero ? least : std::max(least, std::numeric_limits<double>::denorm_min());
}

}  // namespace hornbeam::boosting
