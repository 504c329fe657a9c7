// The columns that histograms are built of, in blocks that fit the first-level cache: up to kColumnBlock columns of one stripe
// each, neighbours unless a tree leaves some out.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

struct ColumnBlock {
    const Stripe* stripe;
    std::size_t first;
    std::size_t n_columns;
    std::array<std::uint32_t, simd::kColumnBlock> offset;  // of each column from the first

    [[nodiscard]] std::size_t column(std::size_t i) const { return first + offset[i]; }
    [[nodiscard]] std::size_t n_cells() const { return n_columns * simd::kPackedStride; }  // packed ones
    [[nodiscard]] bool has_gaps() const { return offset[n_columns - 1] >= n_columns; }
};

// columns: ascending; at most max_columns in a block. The result points to the stripes.
[[nodiscard]] std::vector<ColumnBlock> make_column_blocks(const std::vector<Stripe>& stripes,
                                                          std::span<const std::size_t> columns,
                                                          std::size_t max_columns);

}  // namespace hornbeam::boosting
