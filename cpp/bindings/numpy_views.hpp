// NumPy arrays as views: no copy, any strides. Throws unless dtype, dimensions, byte order and alignment are right:
// Python converts once, visibly, never this layer.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.hpp"
#include "common/matrix_view.hpp"

namespace hornbeam {

namespace py = pybind11;

template <typename T>
[[nodiscard]] bool holds(const py::array& array) {
    return py::isinstance<py::array_t<std::remove_const_t<T>>>(array);
}

template <typename T>
void check_elements(const py::array& array, std::string_view name, py::ssize_t n_dims) {
    if (!holds<T>(array))  // its text takes longer than a small prediction
        throw py::type_error(format("{} must be a native {} array", name,
                                    std::string(py::str(py::dtype::of<std::remove_const_t<T>>()))));
    check_argument(array.ndim() == n_dims, "{} must have {} dimensions, got {}", name, n_dims, array.ndim());
    check_argument((array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0, "{} must be aligned", name);
    for (py::ssize_t d = 0; d < n_dims; ++d)
        check_argument(array.strides(d) % static_cast<py::ssize_t>(sizeof(T)) == 0,
                       "{} must have strides of whole elements", name);
    if constexpr (!std::is_const_v<T>) check_argument(array.writeable(), "{} must be writeable", name);
}

template <typename T>
[[nodiscard]] T* elements(const py::array& array) {
    if constexpr (std::is_const_v<T>)
        return static_cast<T*>(array.data());
    else
        return static_cast<T*>(py::array(array).mutable_data());
}

template <typename T>
[[nodiscard]] MatrixView<T> matrix_view(const py::array& array, std::string_view name) {
    check_elements<T>(array, name, 2);
    constexpr auto kSize = static_cast<py::ssize_t>(sizeof(T));
    return {elements<T>(array), static_cast<std::size_t>(array.shape(0)), static_cast<std::size_t>(array.shape(1)),
            array.strides(0) / kSize, array.strides(1) / kSize};
}

template <typename T>
[[nodiscard]] VectorView<T> vector_view(const py::array& array, std::string_view name) {
    check_elements<T>(array, name, 1);
    return {elements<T>(array), static_cast<std::size_t>(array.shape(0)),
            array.strides(0) / static_cast<py::ssize_t>(sizeof(T))};
}

// No array: no data.
template <typename T>
[[nodiscard]] VectorView<T> vector_view(const std::optional<py::array>& array, std::string_view name) {
    return array ? vector_view<T>(*array, name) : VectorView<T>{};
}

template <typename T>
[[nodiscard]] MatrixView<T> matrix_view(const std::optional<py::array>& array, std::string_view name) {
    return array ? matrix_view<T>(*array, name) : MatrixView<T>{};
}

template <typename T>
[[nodiscard]] std::vector<T> to_vector(const py::array& array, std::string_view name) {
    const VectorView<const T> view = vector_view<const T>(array, name);
    std::vector<T> values(view.size);
    for (std::size_t i = 0; i < view.size; ++i) values[i] = view[i];
    return values;
}

// The memory may still be written to by whoever else holds it.
inline void make_read_only(const py::array& array) {
    py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
}

template <typename T>
[[nodiscard]] py::array_t<T> to_array(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

}  // namespace hornbeam
