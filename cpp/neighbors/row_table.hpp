// A copy of a table whose rows start on whole lanes and are padded with zeros, as the kernels of distances want them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "common/aligned_buffer.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"

namespace hornbeam::neighbors {

inline constexpr std::size_t kLanes = 8;

[[nodiscard]] constexpr std::size_t whole_lanes(std::size_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

template <typename T>
class RowTable {
  public:
    RowTable(MatrixView<const T> X, parallel::ThreadLimit threads)
        : n_rows_(X.n_rows), n_cols_(X.n_cols), stride_(whole_lanes(X.n_cols)), values_(X.n_rows * stride_) {
        constexpr std::size_t kChunkValues = std::size_t{1} << 20;
        const std::size_t grain = kChunkValues / std::max<std::size_t>(stride_, 1) + 1;
        const auto limit = parallel::limit_for(threads, values_.size());
        parallel::for_ranges(n_rows_, grain, limit, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i)
                for (std::size_t j = 0; j < n_cols_; ++j) values_[i * stride_ + j] = X(i, j);
        });
    }

    [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
    [[nodiscard]] std::size_t n_cols() const { return n_cols_; }
    [[nodiscard]] std::size_t stride() const { return stride_; }
    [[nodiscard]] const T* row(std::size_t i) const { return values_.data() + i * stride_; }
    [[nodiscard]] std::span<T> values_of(std::size_t i) { return {values_.data() + i * stride_, n_cols_}; }

  private:
    std::size_t n_rows_;
    std::size_t n_cols_;
    std::size_t stride_;
    AlignedBuffer<T> values_;
};

}  // namespace hornbeam::neighbors
