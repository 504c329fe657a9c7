// Boosting: the model, the trainer, the names of the objectives and the link functions.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <vector>

#include "bindings/core_scope.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "boosting/objective.hpp"
#include "boosting/tree.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam {

namespace {

using Float64 = py::array_t<double, py::array::c_style>;

Float64 sigmoid(const py::array& raw) {
    const VectorView<const double> x = vector_view<const double>(raw, "raw");
    std::vector<double> dense(x.size);
    for (std::size_t i = 0; i < x.size; ++i) dense[i] = x[i];
    Float64 out(static_cast<py::ssize_t>(x.size));
    double* p = out.mutable_data();
    {
        const CoreScope scope;
        simd::active().sigmoid(dense.data(), p, x.size);
    }
    return out;
}

// What a raw score says of a positive mean. Finite, as every prediction is.
Float64 exp_of(const py::array& raw) {
    const VectorView<const double> x = vector_view<const double>(raw, "raw");
    Float64 out(static_cast<py::ssize_t>(x.size));
    double* p = out.mutable_data();
    for (std::size_t i = 0; i < x.size; ++i) p[i] = x[i];
    const CoreScope scope;
    simd::active().exp(p, p, x.size);
    for (std::size_t i = 0; i < x.size; ++i) p[i] = boosting::clipped_to_finite(p[i]);
    return out;
}

// Columns 1 - p and p. NumPy would round the difference in whatever mode the caller's thread is.
Float64 binary_probabilities(const py::array& raw) {
    const VectorView<const double> x = vector_view<const double>(raw, "raw");
    std::vector<double> p(x.size);
    for (std::size_t i = 0; i < x.size; ++i) p[i] = x[i];
    Float64 out({x.size, std::size_t{2}});
    double* columns = out.mutable_data();
    {
        const CoreScope scope;
        simd::active().sigmoid(p.data(), p.data(), x.size);
        for (std::size_t i = 0; i < x.size; ++i) {
            columns[2 * i] = 1.0 - p[i];
            columns[2 * i + 1] = p[i];
        }
    }
    return out;
}

Float64 softmax(const py::array& raw) {
    const MatrixView<const double> x = matrix_view<const double>(raw, "raw");
    check_argument(x.n_cols >= 1, "raw must have at least one column");
    std::vector<double> by_output(x.n_rows * x.n_cols);
    for (std::size_t i = 0; i < x.n_rows; ++i)
        for (std::size_t k = 0; k < x.n_cols; ++k) by_output[k * x.n_rows + i] = x(i, k);
    std::vector<double> p(by_output.size());
    {
        const CoreScope scope;
        simd::active().softmax(by_output.data(), p.data(), x.n_rows, x.n_cols, x.n_rows);
    }
    Float64 out({x.n_rows, x.n_cols});
    auto cell = out.mutable_unchecked<2>();
    for (std::size_t i = 0; i < x.n_rows; ++i)
        for (std::size_t k = 0; k < x.n_cols; ++k)
            cell(static_cast<py::ssize_t>(i), static_cast<py::ssize_t>(k)) = p[k * x.n_rows + i];
    return out;
}

}  // namespace

void register_boosting(py::module_& m) {
    register_tree_model(m);
    register_predictor(m);
    register_trainer(m);
    m.def("objective_names", &boosting::ObjectiveRegistry::names);
    m.def("sigmoid", &sigmoid, py::arg("raw"), "1 / (1 + exp(-raw)), elementwise.");
    m.def("exp", &exp_of, py::arg("raw"), "exp(raw), elementwise, at most the largest finite number.");
    m.def("binary_probabilities", &binary_probabilities, py::arg("raw"),
          "1 - sigmoid(raw) and sigmoid(raw), as columns.");
    m.def("softmax", &softmax, py::arg("raw"), "exp(raw) over its row sums.");
}

}  // namespace hornbeam
