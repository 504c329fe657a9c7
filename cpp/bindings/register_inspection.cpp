// What a model says of rows besides their scores: contributions of the features, and leaves.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "boosting/leaf_indices.hpp"
#include "boosting/predictor.hpp"
#include "boosting/tree_shap.hpp"

namespace hornbeam {

namespace {

using boosting::Model;
using BoundModel = Initialised<boosting::Predictor>;
using Float64 = py::array_t<double, py::array::c_style>;
using Int32 = py::array_t<std::int32_t, py::array::c_style>;

// f(view of X)
template <typename F>
auto visit_rows(const Model& model, const py::object& X, F&& f) {
    return visit_table(X, "X", [&](auto view) {
        check_argument(view.n_cols == model.n_features(), "X has {} features, but the model expects {}", view.n_cols,
                       model.n_features());
        return f(view);
    });
}

// numpy.zeros costs nothing until it is written to, and only the features that are split on are.
Float64 contributions(const BoundModel& self, const py::object& X, std::size_t n_threads) {
    const Model& model = self.model();
    return visit_rows(model, X, [&](auto view) {
        const py::object zeros = py::module_::import("numpy").attr("zeros");
        const auto shape = py::make_tuple(view.n_rows, model.n_features() + 1, model.n_outputs());
        auto out = zeros(shape).template cast<Float64>();
        const std::size_t n_cols = (model.n_features() + 1) * model.n_outputs();
        const MatrixView<double> cells{out.mutable_data(), view.n_rows, n_cols, static_cast<std::ptrdiff_t>(n_cols), 1};
        const CoreScope scope;
        boosting::add_contributions(model, view, cells, {n_threads});
        return out;
    });
}

Int32 leaf_indices(const BoundModel& self, const py::object& X, std::size_t n_threads) {
    const Model& model = self.model();
    return visit_rows(model, X, [&](auto view) {
        Int32 out({view.n_rows, model.n_iterations(), model.n_outputs()});
        const MatrixView<std::int32_t> cells{out.mutable_data(), view.n_rows, model.n_trees(),
                                             static_cast<std::ptrdiff_t>(model.n_trees()), 1};
        const CoreScope scope;
        boosting::find_leaves(model, view, cells, {n_threads});
        return out;
    });
}

}  // namespace

void register_inspection(py::module_& m) {
    m.def("contributions", &contributions, py::arg("model"), py::arg("X"), py::kw_only(), py::arg("n_threads") = 0,
          "Shapley values (n_rows, n_features + 1, n_outputs), the expected scores last.");
    m.def("leaf_indices", &leaf_indices, py::arg("model"), py::arg("X"), py::kw_only(), py::arg("n_threads") = 0,
          "The leaf of each row in each tree (n_rows, n_iterations, n_outputs), counted from the tree's first.");
}

}  // namespace hornbeam
