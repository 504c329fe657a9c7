// What a weighted row is: an integer count (copies of the row) and a real factor (docs/boosting.md §1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/matrix_view.hpp"

namespace hornbeam::boosting {

struct RowWeights {
    std::size_t n_rows = 0;
    std::uint64_t total_count = 0;     // N
    std::vector<std::uint32_t> count;  // empty: all 1
    std::vector<double> factor;        // below 1, times 2^factor_exponent; empty: all 1
    int factor_exponent = 0;
    std::vector<std::uint64_t> bin_weight;  // empty: all 1

    // weight.data may be null (no weights); all weights must be positive and finite.
    static RowWeights from(VectorView<const double> weight, std::size_t n_rows);

    // Of these rows alone, in this order.
    [[nodiscard]] RowWeights subset(std::span<const std::size_t> rows) const;

    [[nodiscard]] const std::uint32_t* count_data(std::size_t begin) const {
        return count.empty() ? nullptr : count.data() + begin;
    }
};

}  // namespace hornbeam::boosting
