#include "boosting/splitter.hpp"

#include <cmath>
#include <utility>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

NodeTotals Splitter::totals(const Histogram& histogram, const QuantisedGradients& gradients) const {
    // Every feature's cells add up to the node; the first will do.
    return add_cells(histogram, 0, layout_.n_value_bins(0), true, gradients);
}

NodeTotals Splitter::left_totals(const Histogram& histogram, const BestSplit& split,
                                 const QuantisedGradients& gradients) const {
    return add_cells(histogram, split.feature, std::size_t{split.bin} + 1, split.missing_left, gradients);
}

NodeTotals Splitter::add_cells(const Histogram& histogram, std::size_t feature, std::size_t n_bins, bool with_missing,
                               const QuantisedGradients& gradients) const {
    if (histogram.packed) {
        const std::int64_t* cells = histogram.packed->data() + HistogramLayout::packed(feature);
        std::int64_t sum = with_missing ? cells[simd::kMissingBin] : 0;
        for (std::size_t bin = 0; bin < n_bins; ++bin) sum += cells[bin];
        const simd::PackedFormat& format = gradients.format;
        const std::int64_t count = sum & ((std::int64_t{1} << format.count_bits) - 1);
        const int hessian_bits = format.gradient_shift - format.hessian_shift;
        const std::int64_t hessian = (sum >> format.hessian_shift) & ((std::int64_t{1} << hessian_bits) - 1);
        return {sum >> format.gradient_shift, format.has_hessian ? hessian : count, count};
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

BestSplit Splitter::scan(const Histogram& histogram, std::size_t feature, const NodeTotals& node,
                         const QuantisedGradients& gradients) const {
    const double gradient = static_cast<double>(node.gradient) * gradients.gradient_scale;
    const double l2 = std::ldexp(options_.l2, -gradients.hessian_exponent);
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
