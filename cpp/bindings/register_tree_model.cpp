// TreeModel: the fitted trees, their arrays and their prediction.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "boosting/predictor.hpp"

namespace hornbeam {

namespace {

using boosting::IterationRange;
using boosting::Model;
using boosting::ModelArrays;
using BoundModel = Initialised<boosting::Predictor>;
using Float64 = py::array_t<double, py::array::c_style>;
using ArrayDict = py::typing::Dict<py::str, py::array>;

template <typename T>
py::array view_of(std::span<const T> values, const py::object& owner) {
    py::array array(py::dtype::of<T>(), {values.size()}, {sizeof(T)}, values.data(), owner);
    make_read_only(array);
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

// Those that a model without categorical features lacks.
template <typename Arrays, typename Visit>
void for_each_category_array(Arrays& arrays, Visit&& visit) {
    visit("categorical_feature", arrays.categorical_feature);
    visit("n_categories", arrays.n_categories);
    visit("category_node", arrays.category_node);
    visit("category_offset", arrays.category_offset);
    visit("category_bits", arrays.category_bits);
}

ArrayDict to_arrays(const py::object& self) {
    const ModelArrays& arrays = self.cast<const BoundModel&>().model().arrays();
    ArrayDict out;
    out["n_features"] = view_of(std::span(&arrays.n_features, 1), self);
    const auto add = [&](const char* name, const auto& values) { out[name] = view_of(std::span(values), self); };
    for_each_array(arrays, add);
    if (!arrays.categorical_feature.empty()) for_each_category_array(arrays, add);
    // [n_leaves, n_outputs]: room for trees with several outputs per leaf.
    out["leaf_value"] = view_of(std::span(arrays.leaf_value), self).attr("reshape")(-1, 1);
    return out;
}

py::array required(const py::dict& dict, const char* name) {
    check<ModelFormatError>(dict.contains(name), "array '{}' is missing", name);
    check<ModelFormatError>(py::isinstance<py::array>(dict[name]), "'{}' must be an array", name);
    return dict[name].cast<py::array>();
}

std::shared_ptr<BoundModel> from_arrays(const ArrayDict& dict) {
    ModelArrays arrays;
    try {
        const auto n_features = to_vector<std::int64_t>(required(dict, "n_features"), "n_features");
        check<ModelFormatError>(n_features.size() == 1, "n_features must have one element, got {}", n_features.size());
        arrays.n_features = n_features.front();
        const auto read = [&]<typename T>(const char* name, std::vector<T>& values) {
            values = to_vector<T>(required(dict, name), name);
        };
        for_each_array(arrays, read);
        if (dict.contains("categorical_feature")) for_each_category_array(arrays, read);
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
    return std::make_shared<BoundModel>(std::make_shared<const Model>(std::move(arrays)));
}

std::shared_ptr<BoundModel> truncated(const BoundModel& self, std::size_t n_iterations) {
    check_argument(n_iterations <= self.model().n_iterations(), "n_iterations must lie in [0, {}], got {}",
                   self.model().n_iterations(), n_iterations);
    const CoreScope scope;
    ModelArrays arrays = self.model().arrays();
    arrays.truncate(n_iterations * self.model().n_outputs());
    return std::make_shared<BoundModel>(std::make_shared<const Model>(std::move(arrays)));
}

template <typename Table>
void add_raw_of(const BoundModel& self, const Table& X, MatrixView<double> scores, IterationRange iterations,
                std::size_t n_threads) {
    check_argument(X.n_cols == self.model().n_features(), "X has {} features, but the model expects {}", X.n_cols,
                   self.model().n_features());
    check_argument(scores.n_rows == X.n_rows && scores.n_cols == self.model().n_outputs(),
                   "out must have shape ({}, {}), got ({}, {})", X.n_rows, self.model().n_outputs(), scores.n_rows,
                   scores.n_cols);
    const CoreScope scope;
    self.add_raw(X, iterations, scores, {n_threads});
}

void add_raw(const BoundModel& self, const py::object& X, const py::array& out, std::size_t begin, std::size_t end,
             std::size_t n_threads) {
    const MatrixView<double> scores = matrix_view<double>(out, "out");
    const bool overlaps =
        (scores.n_rows > 1 && scores.row_stride == 0) || (scores.n_cols > 1 && scores.col_stride == 0);
    check_argument(scores.n_rows == 0 || !overlaps, "out must not overlap itself");
    check_argument(begin <= end && end <= self.model().n_iterations(), "iterations must lie in [0, {}], got [{}, {})",
                   self.model().n_iterations(), begin, end);
    visit_table(X, "X", [&](auto view) { add_raw_of(self, view, scores, {begin, end}, n_threads); });
}

// Scores before the first tree, with room for every tree.
Float64 start_raw(const BoundModel& self, std::size_t n_rows, const std::optional<py::array>& init_score) {
    const ModelArrays& arrays = self.model().arrays();
    const std::vector<double>& baseline = arrays.baseline;
    Float64 out({n_rows, baseline.size()});
    double* raw = out.mutable_data();
    const MatrixView<const double> init = matrix_view<const double>(init_score, "init_score");
    const CoreScope scope;
    for (std::size_t i = 0; i < n_rows; ++i) std::ranges::copy(baseline, raw + i * baseline.size());
    if (!init_score) return out;
    check_argument(init.n_rows == n_rows && init.n_cols == baseline.size(),
                   "init_score must have shape ({}, {}), got ({}, {})", n_rows, baseline.size(), init.n_rows,
                   init.n_cols);
    for (std::size_t k = 0; k < baseline.size(); ++k) {
        double largest = 0.0;
        for (std::size_t i = 0; i < n_rows; ++i) {
            check_argument(std::isfinite(init(i, k)), "init_score must be finite, got {} at row {}", init(i, k), i);
            raw[i * baseline.size() + k] += init(i, k);
            largest = std::max(largest, std::abs(raw[i * baseline.size() + k]));
        }
        check_argument(std::isfinite(arrays.largest_score(k, largest)),
                       "init_score is too large: predictions could leave the float64 range");
    }
    return out;
}

Float64 predict_raw(const BoundModel& self, const py::object& X, const std::optional<py::array>& init_score,
                    std::size_t n_threads) {
    return visit_table(X, "X", [&](auto view) {
        Float64 out = start_raw(self, view.n_rows, init_score);
        add_raw_of(self, view, matrix_view<double>(out, "out"), {0, self.model().n_iterations()}, n_threads);
        return out;
    });
}

// numpy.zeros costs nothing until it is written to, and only the features that are split on are.
Float64 feature_importances(const BoundModel& self) {
    const py::object zeros = py::module_::import("numpy").attr("zeros");
    auto out = zeros(self.model().n_features()).cast<Float64>();
    for (const auto& [feature, importance] : self.model().feature_importances())
        *out.mutable_data(feature) = importance;
    return out;
}

}  // namespace

void register_tree_model(py::module_& m) {
    py::class_<BoundModel, std::shared_ptr<BoundModel>>(m, "TreeModel",
                                                        "Immutable trees; safe to share between threads.")
        .def_static("from_arrays", &from_arrays, py::arg("arrays"), "Validates and copies the arrays.")
        .def("to_arrays", &to_arrays, "Read-only views of the model's arrays.")
        .def_property_readonly("n_features", [](const BoundModel& self) { return self.model().n_features(); })
        .def_property_readonly("n_outputs", [](const BoundModel& self) { return self.model().n_outputs(); })
        .def_property_readonly("n_iterations", [](const BoundModel& self) { return self.model().n_iterations(); })
        .def_property_readonly("n_leaves", [](const BoundModel& self) { return self.model().n_leaves(); })
        .def("baseline", [](const BoundModel& self) { return to_array(self.model().arrays().baseline); })
        .def("feature_importances", &feature_importances)
        .def("truncated", &truncated, py::arg("n_iterations"), "A model of the first iterations.")
        .def("start_raw", &start_raw, py::arg("n_rows"), py::arg("init_score") = py::none(),
             "Raw scores before the first tree.")
        .def("predict_raw", &predict_raw, py::arg("X"), py::kw_only(), py::arg("init_score") = py::none(),
             py::arg("n_threads") = 0)
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

}  // namespace hornbeam
