// Boosting: the model, the trainer, the names of the objectives and the link functions.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <vector>

#include "bindings/core_scope.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "boosting/link.hpp"
#include "boosting/objective.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam {

namespace {

using Float64 = py::array_t<double, py::array::c_style>;

std::vector<double> copy_of(const py::array& raw) {
    const VectorView<const double> x = vector_view<const double>(raw, "raw");
    std::vector<double> values(x.size);
    for (std::size_t i = 0; i < x.size; ++i) values[i] = x[i];
    return values;
}

Float64 sigmoid(const py::array& raw) {
    std::vector<double> values = copy_of(raw);
    {
        const CoreScope scope;
        simd::active().sigmoid(values.data(), values.data(), values.size());
    }
    return to_array(values);
}

Float64 exp_of(const py::array& raw) {
    std::vector<double> values = copy_of(raw);
    {
        const CoreScope scope;
        boosting::exp_link(values);
    }
    return to_array(values);
}

Float64 binary_probabilities(const py::array& raw) {
    std::vector<double> values = copy_of(raw);
    Float64 out({values.size(), std::size_t{2}});
    double* p = out.mutable_data();
    const CoreScope scope;
    boosting::binary_link(values, p);
    return out;
}

Float64 softmax(const py::array& raw) {
    const MatrixView<const double> x = matrix_view<const double>(raw, "raw");
    check_argument(x.n_cols >= 1, "raw must have at least one column");
    std::vector<double> by_output(x.n_rows * x.n_cols);
    for (std::size_t i = 0; i < x.n_rows; ++i)
        for (std::size_t k = 0; k < x.n_cols; ++k) by_output[k * x.n_rows + i] = x(i, k);
    Float64 out({x.n_rows, x.n_cols});
    double* p = out.mutable_data();
    const CoreScope scope;
    boosting::softmax_link(by_output, x.n_cols, p);
    return out;
}

}  // namespace

void register_boosting(py::module_& m) {
    register_tree_model(m);
    register_predictor(m);
    register_trainer(m);
    register_inspection(m);
    register_refit(m);
    m.def("objective_names", &boosting::ObjectiveRegistry::names);
    m.def("sigmoid", &sigmoid, py::arg("raw"), "1 / (1 + exp(-raw)), elementwise.");
    m.def("exp", &exp_of, py::arg("raw"), "exp(raw), elementwise, at most the largest finite number.");
    m.def("binary_probabilities", &binary_probabilities, py::arg("raw"),
          "1 - sigmoid(raw) and sigmoid(raw), as columns.");
    m.def("softmax", &softmax, py::arg("raw"), "exp(raw) over its row sums.");
}

}  // namespace hornbeam
