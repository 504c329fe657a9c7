#include "common/sparse_columns.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "common/error.hpp"
#include "common/parallel.hpp"

namespace hornbeam {

namespace {

// f(row, column, value) for what is not zero, by rows.
template <typename Float, typename F>
void for_each_nonzero(const SparseRows<Float>& X, F&& f) {
    constexpr std::size_t kRowsPerPoll = 1024;
    for (std::size_t i = 0; i < X.n_rows; ++i) {
        if (i % kRowsPerPoll == 0) parallel::poll();
        const SparseRow<Float> row = X.row(i);
        for (std::size_t j = 0; j < row.columns.size(); ++j) {
            const auto column = static_cast<std::size_t>(row.columns[j]);
            if (row.values[j] != Float{0} && column < X.n_cols) f(i, column, row.values[j]);
        }
    }
}

void check_unchanged(bool is_unchanged) {
    check<std::runtime_error>(is_unchanged, "the sparse matrix was written to while it was read");
}

}  // namespace

// A counting sort by column, in which the rows keep their order. It passes twice over arrays of the caller's, which another
// thread may write to, so no place is relied on.
template <typename Float>
SparseColumns<Float>::SparseColumns(const SparseRows<Float>& X) {
    n_rows_ = X.n_rows;
    begin_.assign(X.n_cols + 1, 0);
    for_each_nonzero(X, [&](std::size_t, std::size_t column, Float) { ++begin_[column + 1]; });
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
    rows_.resize(begin_.back());
    values_.resize(begin_.back());
    std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
    for_each_nonzero(X, [&](std::size_t row, std::size_t column, Float value) {
        check_unchanged(next[column] < begin_[column + 1]);
        const std::size_t at = next[column]++;
        rows_[at] = static_cast<std::uint32_t>(row);
        values_[at] = value;
    });
    check_unchanged(std::equal(next.begin(), next.end(), begin_.begin() + 1));
}

template <typename Float>
void SparseColumns<Float>::read(std::size_t column, std::size_t first, std::span<Float> values) const {
    std::ranges::fill(values, Float{0});
    const std::span<const std::uint32_t> rows = this->rows(column);
    const std::span<const Float> stored = this->values(column);
    auto row = std::ranges::lower_bound(rows, first);
    for (; row != rows.end() && *row < first + values.size(); ++row) values[*row - first] = stored[row - rows.begin()];
}

template class SparseColumns<float>;
template class SparseColumns<double>;

}  // namespace hornbeam
