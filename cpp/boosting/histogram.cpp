#include "boosting/histogram.hpp"

#include <algorithm>
#include <numeric>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

template <typename T>
std::unique_ptr<T> take(std::vector<std::unique_ptr<T>>& free, std::size_t n_cells) {
    if (free.empty()) return std::make_unique<T>(n_cells);
    std::unique_ptr<T> taken = std::move(free.back());
    free.pop_back();
    return taken;
}

}  // namespace

HistogramLayout::HistogramLayout(const BinMapper& mapper, const FeatureColumns& columns) : columns_(columns) {
    constexpr std::size_t kPad = 8;  // whole vectors
    offset_.push_back(0);
    for (std::size_t c = 0; c < columns.n_columns(); ++c) {
        n_bytes_.push_back(columns.n_bytes(c, mapper));
        const std::size_t n_cells = (n_bytes_.back() + 1 + kPad - 1) / kPad * kPad;
        offset_.push_back(offset_.back() + (columns.is_listed(c) ? simd::kPackedStride : n_cells));
    }
    place_.resize(columns.n_columns());
    std::iota(place_.begin(), place_.end(), std::size_t{0});
    for (std::size_t f = 0; f < mapper.n_features(); ++f)
        if (mapper.has_codes(f)) features_with_codes_.push_back(f);
    if (features_with_codes_.empty()) return;
    code_offset_.push_back(0);
    for (std::size_t f = 0; f < mapper.n_features(); ++f)
        code_offset_.push_back(code_offset_.back() + (mapper.has_codes(f) ? mapper.n_categories(f) + 1 : 0));
}

void HistogramLayout::use(std::span<const std::size_t> columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) place_[columns[i]] = i;
}

void WideHistogram::clear() { clear(0, gradient_.size()); }

void WideHistogram::clear(std::size_t begin, std::size_t end) {
    std::fill(gradient_.data() + begin, gradient_.data() + end, 0);
    std::fill(hessian_.data() + begin, hessian_.data() + end, 0);
    std::fill(count_.data() + begin, count_.data() + end, 0U);
}

void WideHistogram::add(const WideHistogram& other, std::size_t begin, std::size_t end) {
    simd::active().add_cells(gradient_.data() + begin, hessian_.data() + begin, count_.data() + begin,
                             other.gradient_.data() + begin, other.hessian_.data() + begin, other.count_.data() + begin,
                             end - begin);
}

void WideHistogram::subtract(const WideHistogram& other, std::size_t begin, std::size_t end) {
    simd::active().subtract_cells(gradient_.data() + begin, hessian_.data() + begin, count_.data() + begin,
                                  other.gradient_.data() + begin, other.hessian_.data() + begin,
                                  other.count_.data() + begin, end - begin);
}

std::unique_ptr<WideHistogram> HistogramPool::wide() { return take(wide_, layout_.n_wide_cells()); }

std::unique_ptr<PackedHistogram> HistogramPool::packed() { return take(packed_, layout_.n_packed_cells()); }

std::unique_ptr<WideHistogram> HistogramPool::codes() { return take(codes_, layout_.n_code_cells()); }

void HistogramPool::release(Histogram& histogram) {
    if (histogram.wide) wide_.push_back(std::move(histogram.wide));
    if (histogram.packed) packed_.push_back(std::move(histogram.packed));
    if (histogram.codes) codes_.push_back(std::move(histogram.codes));
}

simd::PackedTotals sum_of(const simd::PackedTotals& a, const simd::PackedTotals& b) {
    return {a.abs_gradient + b.abs_gradient, a.hessian + b.hessian, a.count + b.count};
}

bool fits(const simd::PackedTotals& totals, const QuantisedGradients& gradients) {
    const simd::PackedTotals& capacity = gradients.capacity;
    return totals.abs_gradient <= capacity.abs_gradient && totals.hessian <= capacity.hessian &&
           totals.count <= capacity.count;
}

void subtract(const HistogramLayout& layout, std::size_t column, const Histogram& part,
              const QuantisedGradients& gradients, Histogram& whole) {
    const std::size_t feature = layout.columns().features(column).front();  // the only one, if it has codes
    if (const auto [begin, end] = layout.codes(feature); begin < end) whole.codes->subtract(*part.codes, begin, end);
    const simd::KernelTable& kernels = simd::active();
    const std::size_t packed = layout.packed(column);
    const std::size_t n_bytes = layout.n_bytes(column);
    if (!whole.wide) {
        kernels.subtract_packed(whole.packed->data() + packed, part.packed->data() + packed);
        return;
    }
    const simd::WideCells cells = whole.wide->cells(layout.wide(column));
    if (part.packed)
        kernels.subtract_unpacked(cells, part.packed->data() + packed, n_bytes, gradients.format);
    else
        whole.wide->subtract(*part.wide, layout.wide(column), layout.wide(column + 1));
    if (whole.packed) kernels.pack_cells(cells, n_bytes, gradients.format, whole.packed->data() + packed);
}

}  // namespace hornbeam::boosting
