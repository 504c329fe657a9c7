// Views: pointer, shape and strides. They never own and are passed by value.
//
// Strides count elements and may be negative or zero, so any NumPy layout is seen without a copy.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace hornbeam {

template <typename T>
struct VectorView {
    T* data = nullptr;
    std::size_t size = 0;
    std::ptrdiff_t stride = 1;

    T& operator[](std::size_t i) const { return data[static_cast<std::ptrdiff_t>(i) * stride]; }
};

template <typename T>
struct MatrixView {
    using Value = std::remove_const_t<T>;

    T* data = nullptr;
    std::size_t n_rows = 0;
    std::size_t n_cols = 0;
    std::ptrdiff_t row_stride = 0;
    std::ptrdiff_t col_stride = 1;

    T& operator()(std::size_t i, std::size_t j) const {
        return data[static_cast<std::ptrdiff_t>(i) * row_stride + static_cast<std::ptrdiff_t>(j) * col_stride];
    }

    VectorView<T> column(std::size_t j) const {
        return {data + static_cast<std::ptrdiff_t>(j) * col_stride, n_rows, row_stride};
    }

    VectorView<T> row(std::size_t i) const {
        return {data + static_cast<std::ptrdiff_t>(i) * row_stride, n_cols, col_stride};
    }

    // The values of a column in the rows from `first` on.
    void read(std::size_t column, std::size_t first, std::span<Value> values) const {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = (*this)(first + i, column);
    }
};

}  // namespace hornbeam
