// The cells of one feature in the order of its bins, out of those of its column, which it may share.
#pragma once

#include <cstdint>

#include "boosting/gradient_quantiser.hpp"
#include "boosting/histogram.hpp"
#include "boosting/node_totals.hpp"

namespace hornbeam::boosting {

// Cells side by side, padded to whole vectors. The missing bin of packed ones stands at kMissingBin, that of wide ones after
// the last value bin.
struct CellRun {
    const std::int64_t* packed;  // null: wide
    simd::ConstWideCells wide;
    std::size_t n_value_bins;
    simd::PackedFormat format;

    // Of a whole column, whose value bins are its bytes.
    static CellRun of_column(const Histogram& histogram, const HistogramLayout& layout, std::size_t column,
                             const QuantisedGradients& gradients);

    // Of a value bin, or of the missing bin if it is n_value_bins.
    [[nodiscard]] NodeTotals at(std::size_t bin) const;
    // Of the first value bins, and of the missing bin if wanted.
    [[nodiscard]] NodeTotals sum(std::size_t n_bins, bool with_missing) const;
};

class FeatureCells {
  public:
    // node: the totals of all the histogram's rows.
    FeatureCells(const Histogram& histogram, const HistogramLayout& layout, std::size_t feature, const NodeTotals& node,
                 const QuantisedGradients& gradients);
    FeatureCells(const FeatureCells&) = delete;
    FeatureCells& operator=(const FeatureCells&) = delete;

    [[nodiscard]] const CellRun& run() const { return run_; }

  private:
    void copy_packed(const SharedBytes& bytes, std::int64_t node);
    void copy_wide(const SharedBytes& bytes, const NodeTotals& node);

    CellRun run_;
    // Of a feature that shares its column.
    static constexpr std::size_t kCells = 256 + 8;
    alignas(64) std::int64_t packed_[kCells];
    alignas(64) std::int64_t gradient_[kCells];
    alignas(64) std::int64_t hessian_[kCells];
    alignas(64) std::uint32_t count_[kCells];
};

}  // namespace hornbeam::boosting
