// Tables of float32 or float64, dense or sparse, as views.
//
// Dense ones are NumPy arrays at any strides; sparse ones are SciPy's compressed sparse rows, whose columns ascend in each
// row. Values are not copied: Python converts them once, visibly, never this layer.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/numpy_views.hpp"
#include "common/error.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_rows.hpp"

namespace hornbeam {

namespace detail {

template <typename T>
[[nodiscard]] std::span<const T> contiguous(const py::array& array, const std::string& name) {
    const VectorView<const T> view = vector_view<const T>(array, name);
    check_argument(view.size < 2 || view.stride == 1, "{} must be contiguous", name);
    return {view.data, view.size};
}

// SciPy's index arrays, as wide as the core wants them: copied if SciPy chose another width, or if asked to.
template <typename Index>
class IndexArray {
  public:
    IndexArray(const py::array& array, const std::string& name, bool copied = false) {
        const bool is_narrow = holds<std::int32_t>(array);
        check<py::type_error>(is_narrow || holds<std::int64_t>(array), "{} must be a native int32 or int64 array",
                              name);
        if (holds<Index>(array) && !copied) {
            view_ = contiguous<Index>(array, name);
        } else if (is_narrow) {
            copy(contiguous<std::int32_t>(array, name), name);
        } else {
            copy(contiguous<std::int64_t>(array, name), name);
        }
    }
    IndexArray(const IndexArray&) = delete;
    IndexArray& operator=(const IndexArray&) = delete;

    [[nodiscard]] std::size_t size() const { return view_.size(); }
    [[nodiscard]] const Index* data() const { return view_.data(); }

  private:
    template <typename Other>
    void copy(std::span<const Other> from, const std::string& name) {
        copy_.reserve(from.size());
        for (const Other index : from) {
            check_argument(std::in_range<Index>(index), "{} must lie in [0, 2^31), got {}", name, index);
            copy_.push_back(static_cast<Index>(index));
        }
        view_ = copy_;
    }

    std::vector<Index> copy_;
    std::span<const Index> view_;
};

// Whatever reads the matrix relies on this.
template <typename Float>
void check_places(const SparseRows<Float>& X, std::size_t n_stored, std::string_view name) {
    const std::int64_t* begin = X.row_begin;
    const bool ends_meet = begin[0] == 0 && begin[X.n_rows] == static_cast<std::int64_t>(n_stored);
    check_argument(ends_meet, "{}.indptr must begin with 0 and end with {}, the number of stored values", name,
                   n_stored);
    for (std::size_t i = 0; i < X.n_rows; ++i)
        check_argument(begin[i] <= begin[i + 1], "{}.indptr must not descend, but does at row {}", name, i);
    parallel::for_strips(X.n_rows, [&](std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; ++i) {
            std::int64_t last = -1;
            bool ascend = true;
            for (const std::int32_t column : X.row(i).columns) {
                ascend &= column > last;
                last = column;
            }
            check_argument(ascend && last < static_cast<std::int64_t>(X.n_cols),
                           "{}.indices must ascend below {} in every row, but do not in row {}", name, X.n_cols, i);
        }
    });
}

template <typename Float, typename F>
decltype(auto) visit_sparse_rows(const py::object& X, std::string_view name, F&& f) {
    const std::string prefix(name);
    const auto array = [&](const char* attribute) {
        const py::object found = X.attr(attribute);
        check<py::type_error>(py::isinstance<py::array>(found), "{}.{} must be an array", name, attribute);
        return py::reinterpret_borrow<py::array>(found);
    };
    const auto [n_rows, n_cols] = X.attr("shape").template cast<std::pair<std::size_t, std::size_t>>();
    const py::array data = array("data");
    const py::array indices = array("indices");
    const py::array indptr = array("indptr");
    const std::span<const Float> values = contiguous<Float>(data, prefix + ".data");
    const IndexArray<std::int32_t> columns(indices, prefix + ".indices");
    // Where rows begin is checked and then relied on, whatever another thread does to the array meanwhile. Columns are too many
    // to be copied; who writes where they say checks them once more.
    const IndexArray<std::int64_t> row_begin(indptr, prefix + ".indptr", true);
    check_argument(n_rows <= std::numeric_limits<std::uint32_t>::max(), "{} must have less than 2^32 rows, got {}",
                   name, n_rows);
    check_argument(row_begin.size() == n_rows + 1, "{}.indptr must have {} elements, got {}", name, n_rows + 1,
                   row_begin.size());
    check_argument(columns.size() == values.size(), "{}.indices must be as many as {}.data, got {} and {}", name, name,
                   columns.size(), values.size());
    const SparseRows<Float> view{n_rows, n_cols, row_begin.data(), columns.data(), values.data()};
    check_places(view, values.size(), name);
    return f(view);
}

}  // namespace detail

// Calls f with the view of X in its own type: MatrixView or SparseRows, of float or double.
template <typename F>
decltype(auto) visit_table(const py::object& X, std::string_view name, F&& f) {
    if (py::isinstance<py::array>(X)) {
        const auto array = py::reinterpret_borrow<py::array>(X);
        if (holds<float>(array)) return f(matrix_view<const float>(array, name));
        return f(matrix_view<const double>(array, name));
    }
    // Compressed columns have the same attributes.
    const bool is_rows = py::hasattr(X, "indptr") && py::str("csr").equal(py::getattr(X, "format", py::none()));
    check<py::type_error>(is_rows, "{} must be an array or a matrix in compressed sparse rows", name);
    if (py::isinstance<py::array_t<float>>(X.attr("data"))) return detail::visit_sparse_rows<float>(X, name, f);
    return detail::visit_sparse_rows<double>(X, name, f);
}

}  // namespace hornbeam
