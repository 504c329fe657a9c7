// Histograms of a node: per column and byte, the integer sums of gradient, hessian and count over the node's rows.
//
// A node is kept in one of two forms. Wide cells hold any sums in 20 bytes. Packed cells hold, in 8 bytes, the sum of the
// rows' packed gradients; they serve nodes so small that no field can overflow, which are most of a deep tree, and take a
// third of the time to clear, subtract and scan. Both say the same integers, so the form changes no result; and integer
// sums make right = parent - left exact, in whatever order rows were added.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "boosting/feature_columns.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "common/aligned_buffer.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

// Where a column's cells stand. Wide: n_bytes, then the missing bin. Packed: one cell per byte, side by side for the columns
// that a tree learns from. Listed columns stand as far apart in both, so that rows may list cells. A feature with codes has a
// cell for each, in wide cells of their own; what stands at its bytes is of no use.
class HistogramLayout {
  public:
    HistogramLayout(const BinMapper& mapper, const FeatureColumns& columns);

    // From now on packed cells are those of these columns, ascending; at first of all.
    void use(std::span<const std::size_t> columns);

    [[nodiscard]] const FeatureColumns& columns() const { return columns_; }
    [[nodiscard]] std::size_t n_wide_cells() const { return offset_.back(); }
    [[nodiscard]] std::size_t n_packed_cells() const { return columns_.n_columns() * simd::kPackedStride; }
    [[nodiscard]] std::size_t wide(std::size_t column) const { return offset_[column]; }
    [[nodiscard]] std::size_t packed(std::size_t column) const { return place_[column] * simd::kPackedStride; }
    // But for the missing bin.
    [[nodiscard]] std::size_t n_bytes(std::size_t column) const { return n_bytes_[column]; }
    [[nodiscard]] const std::vector<std::size_t>& features_with_codes() const { return features_with_codes_; }
    [[nodiscard]] std::size_t n_code_cells() const { return code_offset_.empty() ? 0 : code_offset_.back(); }
    // The first and the end of its cells; the same if it has none.
    [[nodiscard]] std::pair<std::size_t, std::size_t> codes(std::size_t feature) const {
        if (code_offset_.empty()) return {0, 0};
        return {code_offset_[feature], code_offset_[feature + 1]};
    }

  private:
    const FeatureColumns& columns_;
    std::vector<std::size_t> offset_;
    std::vector<std::size_t> n_bytes_;
    std::vector<std::size_t> place_;        // among the columns in use
    std::vector<std::size_t> code_offset_;  // empty if no feature has codes
    std::vector<std::size_t> features_with_codes_;
};

class WideHistogram {
  public:
    explicit WideHistogram(std::size_t n_cells) : gradient_(n_cells), hessian_(n_cells), count_(n_cells) {}

    [[nodiscard]] simd::WideCells cells(std::size_t offset) {
        return {gradient_.data() + offset, hessian_.data() + offset, count_.data() + offset};
    }

    [[nodiscard]] simd::ConstWideCells cells(std::size_t offset) const {
        return {gradient_.data() + offset, hessian_.data() + offset, count_.data() + offset};
    }

    void clear();
    void clear(std::size_t begin, std::size_t end);
    void add(const WideHistogram& other, std::size_t begin, std::size_t end);
    void subtract(const WideHistogram& other, std::size_t begin, std::size_t end);

  private:
    AlignedBuffer<std::int64_t> gradient_;
    AlignedBuffer<std::int64_t> hessian_;
    AlignedBuffer<std::uint32_t> count_;
};

using PackedHistogram = AlignedBuffer<std::int64_t>;

// One of the first two, or none; both only while one turns into the other.
struct Histogram {
    std::unique_ptr<WideHistogram> wide;
    std::unique_ptr<PackedHistogram> packed;
    std::unique_ptr<WideHistogram> codes;  // none if no feature has codes
};

// Histograms are as large as a cache and come and go with the nodes.
class HistogramPool {
  public:
    explicit HistogramPool(const HistogramLayout& layout) : layout_(layout) {}
    HistogramPool(const HistogramPool&) = delete;
    HistogramPool& operator=(const HistogramPool&) = delete;

    // Their cells hold what they may.
    [[nodiscard]] std::unique_ptr<WideHistogram> wide();
    [[nodiscard]] std::unique_ptr<PackedHistogram> packed();
    [[nodiscard]] std::unique_ptr<WideHistogram> codes();
    void release(Histogram& histogram);

  private:
    const HistogramLayout& layout_;
    std::vector<std::unique_ptr<WideHistogram>> wide_;
    std::vector<std::unique_ptr<PackedHistogram>> packed_;
    std::vector<std::unique_ptr<WideHistogram>> codes_;
};

[[nodiscard]] simd::PackedTotals sum_of(const simd::PackedTotals& a, const simd::PackedTotals& b);

// Whether packed cells hold these sums of magnitudes.
[[nodiscard]] bool fits(const simd::PackedTotals& totals, const QuantisedGradients& gradients);

// Takes a column of `part` off `whole`. If `whole` is wide and has packed cells as well, those get the difference.
void subtract(const HistogramLayout& layout, std::size_t column, const Histogram& part,
              const QuantisedGradients& gradients, Histogram& whole);

}  // namespace hornbeam::boosting
