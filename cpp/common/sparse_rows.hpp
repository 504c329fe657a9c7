// A view of a matrix in compressed sparse rows: of each row the columns that are stored, ascending, and their values. What is
// not stored is zero. It reads as MatrixView does, a stored value by bisection.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hornbeam {

template <typename Float>
struct SparseRow {
    std::span<const std::int32_t> columns;
    const Float* values;

    Float operator[](std::size_t column) const {
        const auto at = std::ranges::lower_bound(columns, static_cast<std::int32_t>(column));
        const bool is_stored = at != columns.end() && static_cast<std::size_t>(*at) == column;
        return is_stored ? values[at - columns.begin()] : Float{0};
    }
};

template <typename Float>
struct SparseRows {
    using Value = Float;

    std::size_t n_rows = 0;
    std::size_t n_cols = 0;
    const std::int64_t* row_begin = nullptr;  // n_rows + 1 places in the other two
    const std::int32_t* columns = nullptr;
    const Float* values = nullptr;

    [[nodiscard]] std::size_t n_stored() const { return static_cast<std::size_t>(row_begin[n_rows]); }

    [[nodiscard]] SparseRow<Float> row(std::size_t i) const {
        const auto begin = static_cast<std::size_t>(row_begin[i]);
        const auto end = static_cast<std::size_t>(row_begin[i + 1]);
        return {{columns + begin, end - begin}, values + begin};
    }

    Float operator()(std::size_t i, std::size_t j) const { return row(i)[j]; }
};

template <typename Table>
inline constexpr bool kIsSparse = false;
template <typename Float>
inline constexpr bool kIsSparse<SparseRows<Float>> = true;

}  // namespace hornbeam
