#include "boosting/splitter.hpp"

#include <cmath>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

void add_cell(NodeTotals& totals, const simd::ConstWideCells& cells, std::size_t bin) {
    totals.gradient += cells.gradient[bin];
    totals.hessian += cells.hessian[bin];
    totals.count += cells.count[bin];
}

}  // namespace

NodeTotals Splitter::totals(const Histogram& histogram) const {
    // Every feature's cells add up to the node; the first will do.
    const simd::ConstWideCells cells = histogram.cells(layout_.offset(0));
    NodeTotals totals;
    for (std::size_t bin = 0; bin <= layout_.n_value_bins(0); ++bin) add_cell(totals, cells, bin);
    return totals;
}

NodeTotals Splitter::left_totals(const Histogram& histogram, const BestSplit& split) const {
    const simd::ConstWideCells cells = histogram.cells(layout_.offset(split.feature));
    NodeTotals left;
    for (std::size_t bin = 0; bin <= split.bin; ++bin) add_cell(left, cells, bin);
    if (split.missing_left) add_cell(left, cells, layout_.n_value_bins(split.feature));
    return left;
}

BestSplit Splitter::scan(const Histogram& histogram, std::size_t feature, const NodeTotals& node,
                         const QuantisedGradients& gradients) const {
    const double gradient = static_cast<double>(node.gradient) * gradients.gradient_scale;
    const double l2 = std::ldexp(options_.l2, -gradients.hessian_exponent);
    const simd::ScanResult result = simd::active().scan_feature({
        .cells = histogram.cells(layout_.offset(feature)),
        .n_value_bins = layout_.n_value_bins(feature),
        .search_missing_side = mapper_.has_missing(feature),
        .total_gradient = node.gradient,
        .total_hessian = node.hessian,
        .total_count = node.count,
        .gradient_scale = gradients.gradient_scale,
        .hessian_scale = gradients.hessian_scale,
        .l2 = l2,
        .parent_term = gradient * gradient / (hessian(node, gradients) + l2),
        .min_count = options_.min_samples_leaf,
        .min_hessian = min_hessian(gradients),
    });
    return {result.gain, feature, result.bin, result.missing_left};
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
