// refit: the leaf values of a model learned anew.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "bindings/train_options.hpp"
#include "boosting/predictor.hpp"
#include "boosting/refit.hpp"

namespace hornbeam {

namespace {

using BoundModel = Initialised<boosting::Predictor>;

std::shared_ptr<BoundModel> refit(const BoundModel& self, const py::object& X, const py::array& y,
                                  const std::optional<py::array>& sample_weight,
                                  const std::optional<py::array>& init_score, double decay,
                                  const py::KWArgs<py::object>& arguments) {
    const TrainArguments given = read_arguments(arguments);
    check_argument(decay >= 0.0 && decay <= 1.0, "decay must be in [0, 1], got {}", decay);
    const VectorView<const double> targets = vector_view<const double>(y, "y");
    const VectorView<const double> weights = vector_view<const double>(sample_weight, "sample_weight");
    const MatrixView<const double> scores = matrix_view<const double>(init_score, "init_score");
    return visit_table(X, "X", [&](auto view) {
        const CoreScope scope;
        return std::make_shared<BoundModel>(
            boosting::refit(self.model(), view, targets, weights, scores, *given.objective, given.options, decay));
    });
}

}  // namespace

void register_refit(py::module_& m) {
    m.def("refit", &refit, py::arg("model"), py::arg("X"), py::arg("y"), py::arg("sample_weight").none(true),
          py::kw_only(), py::arg("init_score") = py::none(), py::arg("decay"),
          "The trees of the model with leaf values and baseline of these rows.");
}

}  // namespace hornbeam
