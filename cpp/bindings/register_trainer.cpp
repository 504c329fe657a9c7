// Trainer: bins a table once and grows one iteration per call.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "bindings/train_options.hpp"
#include "boosting/predictor.hpp"
#include "boosting/trainer.hpp"

namespace hornbeam {

namespace {

using boosting::Predictor;
using boosting::ScoredRows;
using boosting::Trainer;
using BoundModel = Initialised<Predictor>;
using Float64 = py::array_t<double, py::array::c_style>;

// [n_outputs][n_rows] -> (n_rows, n_outputs)
Float64 raw_scores(const ScoredRows& rows, std::size_t n_outputs) {
    Float64 out({rows.n_rows(), n_outputs});
    auto cell = out.mutable_unchecked<2>();
    for (std::size_t k = 0; k < n_outputs; ++k)
        for (std::size_t i = 0; i < rows.n_rows(); ++i)
            cell(static_cast<py::ssize_t>(i), static_cast<py::ssize_t>(k)) = rows.raw[k * rows.n_rows() + i];
    return out;
}

// A Trainer is for one thread at a time. A second one is turned away: to queue it would hide a mistake.
class ExclusiveTrainer {
  public:
    template <typename... Args>
    explicit ExclusiveTrainer(Args&&... args) : trainer_(std::forward<Args>(args)...) {}

    template <typename F>
    decltype(auto) use(F&& f) {
        struct Turn {
            std::atomic_flag& busy;
            ~Turn() { busy.clear(); }
        };
        check<std::runtime_error>(!busy_.test_and_set(), "this Trainer is in use by another thread");
        const Turn turn{busy_};
        return f(trainer_);
    }

    // The same without the GIL.
    template <typename F>
    decltype(auto) compute(F&& f) {
        return use([&](Trainer& trainer) -> decltype(auto) {
            const CoreScope scope;
            return f(trainer);
        });
    }

  private:
    Trainer trainer_;
    std::atomic_flag busy_;
};

using BoundTrainer = Initialised<ExclusiveTrainer>;

std::shared_ptr<BoundTrainer> make_trainer(const py::object& X, const py::array& y,
                                           const std::optional<py::array>& sample_weight,
                                           const std::optional<py::array>& init_score,
                                           const std::optional<std::shared_ptr<BoundModel>>& init_model,
                                           const py::KWArgs<py::object>& arguments) {
    TrainArguments given = read_arguments(arguments);
    const VectorView<const double> targets = vector_view<const double>(y, "y");
    const VectorView<const double> weights = vector_view<const double>(sample_weight, "sample_weight");
    const MatrixView<const double> scores = matrix_view<const double>(init_score, "init_score");
    const std::shared_ptr<const Predictor> initial = init_model ? *init_model : nullptr;
    return visit_table(X, "X", [&](auto view) {
        const CoreScope scope;
        return std::make_shared<BoundTrainer>(view, targets, weights, scores, std::move(given.objective), given.options,
                                              initial);
    });
}

void set_validation(BoundTrainer& self, const py::object& X, const py::array& y,
                    const std::optional<py::array>& sample_weight, const std::optional<py::array>& init_score) {
    const VectorView<const double> targets = vector_view<const double>(y, "y_val");
    const VectorView<const double> weights = vector_view<const double>(sample_weight, "sample_weight_val");
    const MatrixView<const double> scores = matrix_view<const double>(init_score, "init_score_val");
    visit_table(X, "X_val", [&](auto view) {
        self.compute([&](Trainer& trainer) { trainer.set_validation(view, targets, weights, scores); });
    });
}

}  // namespace

void register_trainer(py::module_& m) {
    py::class_<BoundTrainer, std::shared_ptr<BoundTrainer>>(m, "Trainer",
                                                            "Bins X once and grows one iteration per boost().")
        .def(py::init(&make_trainer), py::arg("X"), py::arg("y"), py::arg("sample_weight").none(true), py::kw_only(),
             py::arg("init_score") = py::none(), py::arg("init_model") = py::none())
        .def("set_validation", &set_validation, py::arg("X"), py::arg("y"), py::arg("sample_weight").none(true),
             py::kw_only(), py::arg("init_score") = py::none())
        .def("boost", [](BoundTrainer& self) { self.compute([](Trainer& trainer) { trainer.boost(); }); })
        .def("model",
             [](BoundTrainer& self) {
                 return self.compute([](Trainer& trainer) { return std::make_shared<BoundModel>(trainer.model()); });
             })
        .def_property_readonly(
            "n_iterations",
            [](BoundTrainer& self) { return self.use([](Trainer& trainer) { return trainer.n_iterations(); }); })
        .def("profile",
             [](BoundTrainer& self) {
                 return self.use([](Trainer& trainer) {
                     std::map<std::string, double> seconds;
                     for (std::size_t stage = 0; stage < boosting::FitProfile::kStages; ++stage)
                         seconds[boosting::FitProfile::kNames[stage]] = trainer.profile().seconds(stage);
                     return seconds;
                 });
             })
        .def("train_loss",
             [](BoundTrainer& self) {
                 return self.compute([](Trainer& trainer) { return trainer.loss(trainer.train_rows()); });
             })
        .def("validation_loss",
             [](BoundTrainer& self) {
                 return self.compute([](Trainer& trainer) { return trainer.loss(trainer.validation_rows()); });
             })
        .def("raw_predictions",
             [](BoundTrainer& self) {
                 return self.use([](Trainer& t) { return raw_scores(t.train_rows(), t.n_outputs()); });
             })
        .def("validation_raw_predictions", [](BoundTrainer& self) {
            return self.use([](Trainer& t) { return raw_scores(t.validation_rows(), t.n_outputs()); });
        });
}

}  // namespace hornbeam
