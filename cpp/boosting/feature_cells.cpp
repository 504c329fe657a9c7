#include "boosting/feature_cells.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kLanes = 8;

// Copies what a column holds of a feature into the order of its bins; what zero holds is left to the caller.
template <typename Cell>
void copy_bins(const Cell* column, const SharedBytes& bytes, Cell* cells) {
    const Cell* from = column + bytes.first;
    std::copy_n(from, bytes.zero_bin, cells);
    std::copy_n(from + bytes.zero_bin, bytes.n_value_bins - 1 - bytes.zero_bin, cells + bytes.zero_bin + 1);
}

}  // namespace

CellRun CellRun::of_column(const Histogram& histogram, const HistogramLayout& layout, std::size_t column,
                           const QuantisedGradients& gradients) {
    CellRun run{nullptr, {}, layout.n_bytes(column), gradients.format};
    if (histogram.packed)
        run.packed = histogram.packed->data() + layout.packed(column);
    else
        run.wide = std::as_const(*histogram.wide).cells(layout.wide(column));
    return run;
}

NodeTotals CellRun::at(std::size_t bin) const {
    if (packed) return unpacked(packed[bin < n_value_bins ? bin : simd::kMissingBin], format);
    return {wide.gradient[bin], wide.hessian[bin], wide.count[bin]};
}

NodeTotals CellRun::sum(std::size_t n_bins, bool with_missing) const {
    if (packed) {
        std::int64_t sum = with_missing ? packed[simd::kMissingBin] : 0;
        for (std::size_t bin = 0; bin < n_bins; ++bin) sum += packed[bin];
        return unpacked(sum, format);
    }
    NodeTotals totals;
    for (std::size_t bin = 0; bin < n_bins; ++bin) totals += at(bin);
    if (with_missing) totals += at(n_value_bins);
    return totals;
}

FeatureCells::FeatureCells(const Histogram& histogram, const HistogramLayout& layout, std::size_t feature,
                           const NodeTotals& node, const QuantisedGradients& gradients)
    : run_(CellRun::of_column(histogram, layout, layout.columns().column(feature), gradients)) {
    if (!layout.columns().is_shared(layout.columns().column(feature))) return;
    const SharedBytes& bytes = layout.columns().bytes(feature);
    run_.n_value_bins = bytes.n_value_bins;
    if (run_.packed)
        copy_packed(bytes, packed(node, gradients.format));
    else
        copy_wide(bytes, node);
}

void FeatureCells::copy_packed(const SharedBytes& bytes, std::int64_t node) {
    const std::size_t m = bytes.n_value_bins;
    std::fill_n(packed_ + m, kLanes, 0);
    copy_bins(run_.packed, bytes, packed_);
    const std::int64_t missing = bytes.has_missing ? run_.packed[bytes.byte_of(simd::kMissingBin)] : 0;
    packed_[bytes.zero_bin] = 0;
    std::int64_t rest = node - missing;
    for (std::size_t b = 0; b < m; ++b) rest -= packed_[b];
    packed_[bytes.zero_bin] = rest;
    packed_[simd::kMissingBin] = missing;
    run_.packed = packed_;
}

void FeatureCells::copy_wide(const SharedBytes& bytes, const NodeTotals& node) {
    const std::size_t m = bytes.n_value_bins;
    const auto copy = [&](const auto* from, auto* to, std::int64_t rest) {
        std::fill_n(to + m, kLanes, 0);
        copy_bins(from, bytes, to);
        if (bytes.has_missing) to[m] = from[bytes.byte_of(simd::kMissingBin)];
        to[bytes.zero_bin] = 0;
        for (std::size_t b = 0; b <= m; ++b) rest -= static_cast<std::int64_t>(to[b]);
        to[bytes.zero_bin] = static_cast<std::remove_reference_t<decltype(*to)>>(rest);
    };
    copy(run_.wide.gradient, gradient_, node.gradient);
    copy(run_.wide.hessian, hessian_, node.hessian);
    copy(run_.wide.count, count_, node.count);
    run_.wide = {gradient_, hessian_, count_};
}

}  // namespace hornbeam::boosting
