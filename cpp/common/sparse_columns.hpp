// A sparse matrix by columns: of each column the rows in which it is not zero, ascending, and its values there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "common/sparse_rows.hpp"

namespace hornbeam {

// Where the values stand. Rows are numbered in 32 bits.
class SparsePattern {
  public:
    [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
    [[nodiscard]] std::size_t n_columns() const { return begin_.size() - 1; }
    [[nodiscard]] std::size_t n_nonzero() const { return rows_.size(); }
    [[nodiscard]] std::size_t n_nonzero(std::size_t column) const { return begin_[column + 1] - begin_[column]; }
    [[nodiscard]] std::span<const std::uint32_t> rows(std::size_t column) const {
        return std::span(rows_).subspan(begin_[column], n_nonzero(column));
    }

  protected:
    SparsePattern() = default;

    std::size_t n_rows_ = 0;
    std::vector<std::size_t> begin_;
    std::vector<std::uint32_t> rows_;
};

template <typename Float>
class SparseColumns : public SparsePattern {
  public:
    using Value = Float;

    // Zeros that are stored are left out; missing values are not zero.
    explicit SparseColumns(const SparseRows<Float>& X);

    [[nodiscard]] std::span<const Float> values(std::size_t column) const {
        return std::span(values_).subspan(begin_[column], n_nonzero(column));
    }

    // The values of a column in the rows from `first` on, zeros included.
    void read(std::size_t column, std::size_t first, std::span<Float> values) const;

  private:
    std::vector<Float> values_;
};

extern template class SparseColumns<float>;
extern template class SparseColumns<double>;

}  // namespace hornbeam
