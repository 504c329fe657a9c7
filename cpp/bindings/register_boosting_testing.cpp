// _core.testing: single stages of the boosting engine, for comparison with their slow twins.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/numpy_views.hpp"
#include "bindings/python_objective.hpp"
#include "bindings/register.hpp"
#include "bindings/table_views.hpp"
#include "boosting/binned_matrix.hpp"
#include "boosting/objective.hpp"
#include "boosting/order_free_sum.hpp"
#include "boosting/row_sampler.hpp"
#include "common/sparse_columns.hpp"

namespace hornbeam {

namespace {

using boosting::BinMapper;
using boosting::BinnedMatrix;
using boosting::FeatureColumns;
using boosting::RowWeights;

// How tables are binned for training: f(table, mapper, columns).
template <typename Float, typename F>
auto with_bins(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins, F&& f) {
    std::vector<boosting::RowBits> nonzero;
    const BinMapper mapper = BinMapper::fit(X, weights, max_bins, {}, {}, nonzero);
    return f(X, mapper, FeatureColumns(mapper, nonzero));
}

template <typename Float, typename F>
auto with_bins(const SparseRows<Float>& X, const RowWeights& weights, std::size_t max_bins, F&& f) {
    const SparseColumns<Float> by_column(X);
    const BinMapper mapper = BinMapper::fit(by_column, weights, max_bins, 0, {});
    return f(by_column, mapper, FeatureColumns(mapper, by_column, false));
}

// The stored column of each feature, and how many columns are no lists.
std::pair<std::vector<std::size_t>, std::size_t> feature_columns(const py::object& X, std::size_t max_bins) {
    return visit_table(X, "X", [&](auto view) {
        const auto look = [&](const auto&, const BinMapper&, const FeatureColumns& columns) {
            std::vector<std::size_t> column_of;
            column_of.reserve(view.n_cols);
            for (std::size_t f = 0; f < view.n_cols; ++f) column_of.push_back(columns.column(f));
            return std::pair(std::move(column_of), columns.n_byte_columns());
        };
        return with_bins(view, RowWeights::from({}, view.n_rows), max_bins, look);
    });
}

std::vector<py::array_t<double>> bin_edges(const py::object& X, const std::optional<py::array>& sample_weight,
                                           std::size_t max_bins) {
    return visit_table(X, "X", [&](auto view) {
        const RowWeights weights =
            RowWeights::from(vector_view<const double>(sample_weight, "sample_weight"), view.n_rows);
        return with_bins(view, weights, max_bins, [](const auto&, const BinMapper& mapper, const FeatureColumns&) {
            std::vector<py::array_t<double>> edges;
            edges.reserve(mapper.n_features());
            for (std::size_t f = 0; f < mapper.n_features(); ++f) edges.push_back(to_array(mapper.edges(f)));
            return edges;
        });
    });
}

py::array_t<std::uint8_t> bin_matrix(const py::object& X, const std::optional<py::array>& sample_weight,
                                     std::size_t max_bins) {
    return visit_table(X, "X", [&](auto view) {
        const RowWeights weights =
            RowWeights::from(vector_view<const double>(sample_weight, "sample_weight"), view.n_rows);
        return with_bins(
            view, weights, max_bins, [](const auto& table, const BinMapper& mapper, FeatureColumns columns) {
                const BinnedMatrix binned(table, mapper, std::move(columns), {});
                py::array_t<std::uint8_t> out({binned.n_rows(), binned.n_features()});
                auto cell = out.template mutable_unchecked<2>();
                for (const boosting::RowBlock& block : binned.blocks())
                    for (std::size_t f = 0; f < binned.n_features(); ++f)
                        for (std::size_t i = 0; i < block.n_rows(); ++i)
                            cell(static_cast<py::ssize_t>(block.first_row() + i), static_cast<py::ssize_t>(f)) =
                                binned.bin(block, i, f);
                return out;
            });
    });
}

// Where the columns and the stripes of a block lie, in bytes from the first; no bin is touched.
std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> row_block_offsets(std::size_t n_rows,
                                                                                  std::size_t n_columns) {
    const std::vector<boosting::Stripe> stripes = BinnedMatrix::make_stripes(n_columns);
    using Bytes = AlignedBuffer<std::uint8_t>;
    Bytes columns(n_rows * n_columns, Bytes::Uninitialised{});
    Bytes row_stripes(n_rows * BinnedMatrix::bytes_per_row(stripes), Bytes::Uninitialised{});
    const boosting::RowBlock block(0, n_rows, columns.data(), row_stripes.data());
    std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>> offsets;
    for (std::size_t f = 0; f < n_columns; ++f) offsets.first.push_back(block.column(f) - block.column(0));
    for (const boosting::Stripe& s : stripes) offsets.second.push_back(block.stripe(s) - block.stripe(stripes.front()));
    return offsets;
}

double order_free_sum(const py::array& x, const py::array& count) {
    const auto terms = to_vector<double>(x, "x");
    const auto counts = to_vector<std::int64_t>(count, "count");
    check_argument(terms.size() == counts.size(), "x and count must be of one length, got {} and {}", terms.size(),
                   counts.size());
    RowWeights weights;
    weights.n_rows = terms.size();
    weights.count.assign(counts.begin(), counts.end());
    for (const std::int64_t c : counts) weights.total_count += static_cast<std::uint64_t>(c);
    const boosting::OrderFreeSum sum = boosting::order_free_sum(terms, weights, {});
    return std::ldexp(sum.value, sum.scale.exponent);
}

// What the objective says of rows with these raw scores, (n_rows, n_outputs) each: gradients, hessians, and per row losses.
py::tuple evaluate_objective(const py::object& objective_or_name, const py::array& y, const py::array& raw,
                             double quantile, double power) {
    const auto targets = to_vector<double>(y, "y");
    const MatrixView<const double> scores = matrix_view<const double>(raw, "raw");
    check_argument(scores.n_rows == targets.size(), "raw must have {} rows, got {}", targets.size(), scores.n_rows);
    const std::size_t n = scores.n_rows;
    check_argument(n >= 1, "raw must have a row");
    const auto objective = make_objective(objective_or_name, {quantile, power});
    const std::size_t n_outputs = objective->n_outputs(scores.n_cols);
    check_argument(scores.n_cols == n_outputs, "raw must have {} columns, got {}", n_outputs, scores.n_cols);
    objective->check_targets(targets, n_outputs);

    std::vector<double> by_output(n * n_outputs);
    for (std::size_t k = 0; k < n_outputs; ++k)
        for (std::size_t i = 0; i < n; ++i) by_output[k * n + i] = scores(i, k);
    std::vector<double> g(by_output.size());
    std::vector<double> h(by_output.size());
    std::vector<double> loss(n);
    RowWeights weights;
    weights.n_rows = weights.total_count = n;
    objective->start_fit({targets, weights, {}}, by_output);
    objective->start_iteration({targets, weights, {}}, by_output);
    const boosting::ScoreBatch batch{targets.data(), by_output.data(), n, n};
    objective->gradients(batch, n_outputs, g.data(), h.data());
    objective->start_losses(targets, by_output);
    objective->losses(batch, n_outputs, loss.data());
    const auto shape = py::make_tuple(n_outputs, n);
    return py::make_tuple(to_array(g).attr("reshape")(shape).attr("T"), to_array(h).attr("reshape")(shape).attr("T"),
                          to_array(loss));
}

std::vector<double> objective_baseline(const py::object& objective_or_name, const py::array& y, std::size_t n_classes,
                                       double quantile, double power) {
    const auto targets = to_vector<double>(y, "y");
    const auto objective = make_objective(objective_or_name, {quantile, power});
    const std::size_t n_outputs = objective->n_outputs(n_classes);
    objective->check_targets(targets, n_outputs);
    RowWeights weights;
    weights.n_rows = weights.total_count = targets.size();
    return objective->baseline({targets, weights, {}}, n_outputs);
}

// Which rows take part in an iteration, and by what gradients are divided. g, h: output by output; no h: 1.
py::tuple sample_rows(const py::array& g, const std::optional<py::array>& h, const py::array& count, double subsample,
                      bool gradient_based, std::uint64_t seed, std::uint32_t iteration, std::size_t n_threads) {
    const auto counts = to_vector<std::int64_t>(count, "count");
    RowWeights weights;
    weights.n_rows = counts.size();
    weights.count.assign(counts.begin(), counts.end());
    for (const std::int64_t c : counts) weights.total_count += static_cast<std::uint64_t>(c);
    const auto gradients = to_vector<double>(g, "g");
    const auto hessians = h ? to_vector<double>(*h, "h") : std::vector<double>{};
    check_argument(!counts.empty() && !gradients.empty() && gradients.size() % counts.size() == 0,
                   "g must have elements for {} rows, got {}", counts.size(), gradients.size());
    check_argument(!h || hessians.size() == gradients.size(), "h must have {} elements, got {}", gradients.size(),
                   hessians.size());
    boosting::RowSampler sampler({subsample, gradient_based}, weights, BinnedMatrix::block_rows(counts.size()), seed,
                                 {n_threads});
    const boosting::RowSample& sample = sampler.draw(iteration, gradients, hessians);
    std::vector<std::uint8_t> takes_part(counts.size(), 0);
    std::vector<double> divisor(counts.size(), 1.0);
    for (std::size_t b = 0; b < sample.n_blocks(); ++b)
        for (const std::uint16_t row : sample.drawn(b)) takes_part[sample.first_row[b] + row] = 1;
    for (std::size_t i = 0; sample.divides() && i < divisor.size(); ++i) divisor[i] = sample.divisor(i);
    return py::make_tuple(to_array(takes_part), to_array(divisor), sample.total_count);
}

}  // namespace

void register_boosting_testing(py::module_& m) {
    py::module_ testing = m.def_submodule("testing");
    testing.def("bin_edges", &bin_edges, py::arg("X"), py::arg("sample_weight").none(true), py::arg("max_bins"));
    testing.def("feature_columns", &feature_columns, py::arg("X"), py::arg("max_bins"));
    testing.def("bin_matrix", &bin_matrix, py::arg("X"), py::arg("sample_weight").none(true), py::arg("max_bins"));
    testing.def("row_block_offsets", &row_block_offsets, py::arg("n_rows"), py::arg("n_columns"));
    testing.def("order_free_sum", &order_free_sum, py::arg("x"), py::arg("count"));
    testing.def("evaluate_objective", &evaluate_objective, py::arg("objective"), py::arg("y"), py::arg("raw"),
                py::arg("quantile") = 0.5, py::arg("power") = 1.5);
    testing.def("objective_baseline", &objective_baseline, py::arg("objective"), py::arg("y"), py::arg("n_classes"),
                py::arg("quantile") = 0.5, py::arg("power") = 1.5);
    testing.def("sample_rows", &sample_rows, py::arg("g"), py::arg("h").none(true), py::arg("count"), py::kw_only(),
                py::arg("subsample"), py::arg("gradient_based"), py::arg("seed"), py::arg("iteration") = 0,
                py::arg("n_threads") = 1);
    testing.def("set_serial_cutoff", &parallel::set_serial_cutoff, py::arg("nanoseconds"));
    testing.attr("default_serial_cutoff") = parallel::kDefaultSerialCutoff;
}

}  // namespace hornbeam
