// Boosting: the trainer, the model and its prediction.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "bindings/core_scope.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "boosting/predictor.hpp"
#include "boosting/trainer.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam {

namespace {

using boosting::Model;
using boosting::ModelArrays;
using boosting::Predictor;
using boosting::ScoredRows;
using boosting::Trainer;
using boosting::TrainOptions;
using Float64 = py::array_t<double, py::array::c_style>;
using ArrayDict = py::typing::Dict<py::str, py::array>;

parallel::ThreadLimit thread_limit(std::size_t n_threads) { return {n_threads}; }

// --- model -----------------------------------------------------------------------------------------------------------

template <typename T>
py::array view_of(std::span<const T> values, const py::object& owner) {
    py::array array(py::dtype::of<T>(), {values.size()}, {sizeof(T)}, values.data(), owner);
    py::detail::array_proxy(array.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
    return array;
}

// The arrays by name, in one place for both directions.
template <typename Arrays, typename Visit>
void for_each_array(Arrays& arrays, Visit&& visit) {
    visit("baseline", arrays.baseline);
    visit("tree_offset", arrays.tree_offset);
    visit("feature", arrays.feature);
    visit("threshold", arrays.threshold);
    visit("missing_left", arrays.missing_left);
    visit("left", arrays.left);
    visit("right", arrays.right);
    visit("gain", arrays.gain);
    visit("node_count", arrays.node_count);
    visit("leaf_offset", arrays.leaf_offset);
    visit("leaf_count", arrays.leaf_count);
}

ArrayDict to_arrays(const py::object& self) {
    const ModelArrays& arrays = self.cast<const Predictor&>().model().arrays();
    ArrayDict out;
    out["n_features"] = view_of(std::span(&arrays.n_features, 1), self);
    for_each_array(arrays, [&](const char* name, const auto& values) { out[name] = view_of(std::span(values), self); });
    // [n_leaves, n_outputs]: room for trees with several outputs per leaf.
    out["leaf_value"] = view_of(std::span(arrays.leaf_value), self).attr("reshape")(-1, 1);
    return out;
}

py::array required(const py::dict& dict, const char* name) {
    check<ModelFormatError>(dict.contains(name), "array '{}' is missing", name);
    check<ModelFormatError>(py::isinstance<py::array>(dict[name]), "'{}' must be an array", name);
    return dict[name].cast<py::array>();
}

std::shared_ptr<Predictor> from_arrays(const ArrayDict& dict) {
    ModelArrays arrays;
    try {
        const auto n_features = to_vector<std::int64_t>(required(dict, "n_features"), "n_features");
        check<ModelFormatError>(n_features.size() == 1, "n_features must have one element, got {}", n_features.size());
        arrays.n_features = n_features.front();
        for_each_array(arrays, [&]<typename T>(const char* name, std::vector<T>& values) {
            values = to_vector<T>(required(dict, name), name);
        });
        const py::array leaf_value = required(dict, "leaf_value");
        const MatrixView<const double> leaves = matrix_view<const double>(leaf_value, "leaf_value");
        check<ModelFormatError>(leaves.n_cols == 1, "leaf_value must have one column, got {}", leaves.n_cols);
        for (std::size_t i = 0; i < leaves.n_rows; ++i) arrays.leaf_value.push_back(leaves(i, 0));
    } catch (const ModelFormatError&) {
        throw;
    } catch (const py::type_error& error) {
        throw ModelFormatError(error.what());
    } catch (const std::invalid_argument& error) {
        throw ModelFormatError(error.what());
    }
    const CoreScope scope;
    return std::make_shared<Predictor>(std::make_shared<const Model>(std::move(arrays)));
}

void add_raw(const Predictor& self, const py::array& X, const py::array& out, std::size_t begin, std::size_t end,
             std::size_t n_threads) {
    const MatrixView<double> scores = matrix_view<double>(out, "out");
    check_argument(begin <= end && end <= self.model().n_iterations(), "iterations must lie in [0, {}], got [{}, {})",
                   self.model().n_iterations(), begin, end);
    visit_float_matrix(X, "X", [&](auto view) {
        check_argument(view.n_cols == self.model().n_features(), "X has {} features, but the model expects {}",
                       view.n_cols, self.model().n_features());
        check_argument(scores.n_rows == view.n_rows && scores.n_cols == self.model().n_outputs(),
                       "out must have shape ({}, {}), got ({}, {})", view.n_rows, self.model().n_outputs(),
                       scores.n_rows, scores.n_cols);
        const CoreScope scope;
        self.add_raw(view, {begin, end}, scores, thread_limit(n_threads));
    });
}

Float64 predict_raw(const Predictor& self, const py::array& X, std::size_t n_threads) {
    check_argument(X.ndim() == 2, "X must have 2 dimensions, got {}", X.ndim());
    const std::vector<double>& baseline = self.model().arrays().baseline;
    Float64 out({X.shape(0), static_cast<py::ssize_t>(baseline.size())});
    for (py::ssize_t i = 0; i < out.shape(0); ++i) std::copy(baseline.begin(), baseline.end(), out.mutable_data(i, 0));
    add_raw(self, X, out, 0, self.model().n_iterations(), n_threads);
    return out;
}

void register_model(py::module_& m) {
    py::class_<Predictor, std::shared_ptr<Predictor>>(m, "TreeModel", "Immutable trees; safe to share between threads.")
        .def_static("from_arrays", &from_arrays, py::arg("arrays"), "Validates and copies the arrays.")
        .def("to_arrays", &to_arrays, "Read-only views of the model's arrays.")
        .def_property_readonly("n_features", [](const Predictor& self) { return self.model().n_features(); })
        .def_property_readonly("n_outputs", [](const Predictor& self) { return self.model().n_outputs(); })
        .def_property_readonly("n_iterations", [](const Predictor& self) { return self.model().n_iterations(); })
        .def_property_readonly("n_leaves", [](const Predictor& self) { return self.model().n_leaves(); })
        .def("baseline", [](const Predictor& self) { return to_array(self.model().arrays().baseline); })
        .def("feature_importances", [](const Predictor& self) { return to_array(self.model().feature_importances()); })
        .def("predict_raw", &predict_raw, py::arg("X"), py::kw_only(), py::arg("n_threads") = 0)
        .def("add_raw", &add_raw, py::arg("X"), py::arg("out"), py::arg("begin"), py::arg("end"), py::kw_only(),
             py::arg("n_threads") = 0)
        .def(py::pickle(
            [](const py::object& self) { return py::typing::Tuple<ArrayDict>(py::make_tuple(to_arrays(self))); },
            [](const py::tuple& state) {
                check<ModelFormatError>(state.size() == 1 && py::isinstance<py::dict>(state[0]),
                                        "a pickled TreeModel must hold its arrays");
                return from_arrays(py::reinterpret_borrow<ArrayDict>(state[0]));
            }));
}

// --- trainer ---------------------------------------------------------------------------------------------------------

// [n_outputs][n_rows] -> (n_rows, n_outputs)
Float64 raw_scores(const ScoredRows& rows, std::size_t n_outputs) {
    Float64 out({rows.n_rows(), n_outputs});
    auto cell = out.mutable_unchecked<2>();
    for (std::size_t k = 0; k < n_outputs; ++k)
        for (std::size_t i = 0; i < rows.n_rows(); ++i)
            cell(static_cast<py::ssize_t>(i), static_cast<py::ssize_t>(k)) = rows.raw[k * rows.n_rows() + i];
    return out;
}

const ScoredRows& validation_rows(const Trainer& self) {
    check_argument(self.has_validation(), "no validation rows were set");
    return self.validation_rows();
}

void check_options(const TrainOptions& options) {
    const boosting::GrowOptions& grow = options.grow;
    check_argument(options.max_bins >= 2 && options.max_bins <= boosting::kMaxValueBins,
                   "max_bins must be in [2, {}], got {}", boosting::kMaxValueBins, options.max_bins);
    check_argument(grow.max_leaf_nodes != 1, "max_leaf_nodes must be 0 (no limit) or at least 2, got 1");
    check_argument(grow.split.min_samples_leaf >= 1, "min_samples_leaf must be at least 1, got {}",
                   grow.split.min_samples_leaf);
    check_argument(grow.split.l2 >= 0.0, "l2_regularization must not be negative, got {}", grow.split.l2);
    check_argument(grow.learning_rate > 0.0, "learning_rate must be positive, got {}", grow.learning_rate);
    check_argument(grow.max_features > 0.0 && grow.max_features <= 1.0, "max_features must be in (0, 1], got {}",
                   grow.max_features);
}

std::unique_ptr<Trainer> make_trainer(const py::array& X, const py::array& y,
                                      const std::optional<py::array>& sample_weight, const std::string& objective,
                                      std::size_t n_classes, double learning_rate, std::size_t max_leaf_nodes,
                                      std::size_t max_depth, std::int64_t min_samples_leaf, double l2_regularization,
                                      double max_features, std::size_t max_bins, std::uint64_t seed,
                                      std::size_t n_threads,
                                      const std::optional<std::shared_ptr<Predictor>>& init_model) {
    TrainOptions options;
    options.objective = objective;
    options.n_classes = n_classes;
    options.max_bins = max_bins;
    options.threads = thread_limit(n_threads);
    options.grow.max_leaf_nodes = max_leaf_nodes;
    options.grow.max_depth = max_depth;
    options.grow.learning_rate = learning_rate;
    options.grow.max_features = max_features;
    options.grow.seed = seed;
    options.grow.split.l2 = l2_regularization;
    options.grow.split.min_samples_leaf = min_samples_leaf;
    check_options(options);
    const VectorView<const double> targets = vector_view<const double>(y, "y");
    const VectorView<const double> weights = vector_view<const double>(sample_weight, "sample_weight");
    // Shares ownership with the Python object, and points at the model inside.
    const std::shared_ptr<const Model> initial =
        init_model ? std::shared_ptr<const Model>(*init_model, &(*init_model)->model()) : nullptr;
    return visit_float_matrix(X, "X", [&](auto view) {
        const CoreScope scope;
        return std::make_unique<Trainer>(view, targets, weights, options, initial);
    });
}

void set_validation(Trainer& self, const py::array& X, const py::array& y,
                    const std::optional<py::array>& sample_weight) {
    const VectorView<const double> targets = vector_view<const double>(y, "y_val");
    const VectorView<const double> weights = vector_view<const double>(sample_weight, "sample_weight_val");
    visit_float_matrix(X, "X_val", [&](auto view) {
        const CoreScope scope;
        self.set_validation(view, targets, weights);
    });
}

void register_trainer(py::module_& m) {
    py::class_<Trainer>(m, "Trainer", "Bins X once and grows one iteration per boost().")
        .def(py::init(&make_trainer), py::arg("X"), py::arg("y"), py::arg("sample_weight").none(true), py::kw_only(),
             py::arg("objective"), py::arg("n_classes"), py::arg("learning_rate"), py::arg("max_leaf_nodes"),
             py::arg("max_depth"), py::arg("min_samples_leaf"), py::arg("l2_regularization"), py::arg("max_features"),
             py::arg("max_bins"), py::arg("seed"), py::arg("n_threads"), py::arg("init_model") = py::none())
        .def("set_validation", &set_validation, py::arg("X"), py::arg("y"), py::arg("sample_weight").none(true))
        .def("boost", &Trainer::boost, py::call_guard<CoreScope>())
        .def("model", [](const Trainer& self) { return std::make_shared<Predictor>(self.model()); })
        .def_property_readonly("n_iterations", &Trainer::n_iterations)
        .def("train_loss", &Trainer::train_loss, py::call_guard<CoreScope>())
        .def("validation_loss",
             [](const Trainer& self) {
                 validation_rows(self);
                 const CoreScope scope;
                 return self.validation_loss();
             })
        .def("raw_predictions", [](const Trainer& self) { return raw_scores(self.train_rows(), self.n_outputs()); })
        .def("validation_raw_predictions",
             [](const Trainer& self) { return raw_scores(validation_rows(self), self.n_outputs()); });
}

// --- links -----------------------------------------------------------------------------------------------------------

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

Float64 softmax(const py::array& raw) {
    const MatrixView<const double> x = matrix_view<const double>(raw, "raw");
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
    register_model(m);
    register_trainer(m);
    m.def("objective_names", &boosting::ObjectiveRegistry::names);
    m.def("sigmoid", &sigmoid, py::arg("raw"), "1 / (1 + exp(-raw)), elementwise.");
    m.def("softmax", &softmax, py::arg("raw"), "exp(raw) over its row sums.");
}

}  // namespace hornbeam
