// CompiledPredictor: what an estimator predicts, without an estimator around it, for callers that ask for one row at a time.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "boosting/link.hpp"
#include "boosting/predictor.hpp"

namespace hornbeam {

namespace {

using BoundModel = Initialised<boosting::Predictor>;
using Float64 = py::array_t<double, py::array::c_style>;

class CompiledPredictor {
  public:
    // classes: none for a regressor. has_log_link: a regressor predicts exp(raw) instead of raw.
    CompiledPredictor(std::shared_ptr<BoundModel> model, std::optional<py::array> classes, bool has_log_link,
                      std::size_t n_threads)
        : model_(std::move(model)), classes_(std::move(classes)), has_log_link_(has_log_link), threads_{n_threads} {
        if (!classes_) {
            check_argument(n_outputs() == 1, "a regressor has one output, got {}", n_outputs());
            return;
        }
        check_argument(classes_->ndim() == 1, "classes must have one dimension, got {}", classes_->ndim());
        const auto n_classes = static_cast<std::size_t>(classes_->size());
        const bool agree = n_outputs() == 1 ? n_classes == 1 || n_classes == 2 : n_classes == n_outputs();
        check_argument(agree, "classes must be as many as the model tells apart, got {} for {} outputs", n_classes,
                       n_outputs());
    }

    [[nodiscard]] py::object predict(const py::object& X) const {
        Scores raw = scores(X);
        if (!classes_) {
            if (has_log_link_) {
                const CoreScope scope;
                boosting::exp_link(raw.values);
            }
            return to_array(raw.values);
        }
        py::array_t<py::ssize_t> winner(static_cast<py::ssize_t>(raw.n_rows));
        py::ssize_t* at = winner.mutable_data();
        const bool decides = classes_->size() > 1;
        for (std::size_t i = 0; i < raw.n_rows; ++i) at[i] = decides ? raw.winner(i) : 0;
        return classes_->attr("take")(winner);
    }

    [[nodiscard]] Float64 predict_proba(const py::object& X) const {
        check<py::type_error>(classes_.has_value(), "a regressor has no probabilities");
        Scores raw = scores(X);
        const auto n_classes = static_cast<std::size_t>(classes_->size());
        Float64 out({raw.n_rows, n_classes});
        double* p = out.mutable_data();
        const CoreScope scope;
        if (n_classes == 1) {
            std::fill_n(p, raw.n_rows, 1.0);
        } else if (n_classes == 2) {
            boosting::binary_link(raw.values, p);
        } else {
            boosting::softmax_link(raw.values, n_classes, p);
        }
        return out;
    }

    [[nodiscard]] py::tuple state() const {
        return py::make_tuple(model_, classes_, has_log_link_, threads_.n_threads);
    }

  private:
    // [n_outputs][n_rows]
    struct Scores {
        std::size_t n_rows;
        std::vector<double> values;

        // With one output zero is the tie, and the first class wins it as of several outputs the first largest does.
        [[nodiscard]] py::ssize_t winner(std::size_t i) const {
            if (values.size() == n_rows) return values[i] > 0.0 ? 1 : 0;
            std::size_t best = 0;
            for (std::size_t k = 1; k * n_rows < values.size(); ++k)
                if (values[k * n_rows + i] > values[best * n_rows + i]) best = k;
            return static_cast<py::ssize_t>(best);
        }
    };

    [[nodiscard]] std::size_t n_outputs() const { return model_->model().n_outputs(); }

    [[nodiscard]] Scores scores(const py::object& X) const {
        const boosting::Model& model = model_->model();
        return visit_table(X, "X", [&](auto view) {
            check_argument(view.n_cols == model.n_features(), "X has {} features, but the model expects {}",
                           view.n_cols, model.n_features());
            const CoreScope scope;
            Scores raw{view.n_rows, std::vector<double>(view.n_rows * model.n_outputs())};
            for (std::size_t k = 0; k < model.n_outputs(); ++k)
                std::fill_n(raw.values.data() + k * view.n_rows, view.n_rows, model.arrays().baseline[k]);
            const MatrixView<double> out{raw.values.data(), view.n_rows, model.n_outputs(), 1,
                                         static_cast<std::ptrdiff_t>(view.n_rows)};
            model_->add_raw(view, {0, model.n_iterations()}, out, threads_);
            return raw;
        });
    }

    std::shared_ptr<BoundModel> model_;
    std::optional<py::array> classes_;
    bool has_log_link_;
    parallel::ThreadLimit threads_;
};

using BoundPredictor = Initialised<CompiledPredictor>;

}  // namespace

void register_predictor(py::module_& m) {
    py::class_<BoundPredictor, std::shared_ptr<BoundPredictor>>(
        m, "CompiledPredictor", "Predicts as its estimator does; immutable, and safe to share between threads.")
        .def(py::init([](std::shared_ptr<BoundModel> model, std::optional<py::array> classes, bool has_log_link,
                         std::size_t n_threads) {
                 return std::make_shared<BoundPredictor>(std::move(model), std::move(classes), has_log_link, n_threads);
             }),
             py::arg("model").none(false), py::arg("classes").none(true), py::arg("has_log_link") = false,
             py::arg("n_threads") = 0)
        .def("predict", &CompiledPredictor::predict, py::arg("X"))
        .def("predict_proba", &CompiledPredictor::predict_proba, py::arg("X"))
        .def("__reduce__", [](const py::object& self) {
            return py::make_tuple(py::type::of(self), self.cast<const BoundPredictor&>().state());
        });
}

}  // namespace hornbeam
