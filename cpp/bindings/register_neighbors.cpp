// ExactIndex: a table and its exact nearest neighbours.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "bindings/core_scope.hpp"
#include "bindings/initialised.hpp"
#include "bindings/numpy_views.hpp"
#include "bindings/register.hpp"
#include "neighbors/exact_search.hpp"

namespace hornbeam {

namespace {

using namespace neighbors;

// visit(view) with what the array holds.
template <typename Visit>
decltype(auto) visit_floats(const py::array& array, std::string_view name, Visit visit) {
    return holds<float>(array) ? visit(matrix_view<const float>(array, name))
                               : visit(matrix_view<const double>(array, name));
}

using AnySearch = std::variant<std::unique_ptr<ExactSearch<float>>, std::unique_ptr<ExactSearch<double>>>;

AnySearch make_search(const py::array& X, const std::string& metric, double p, std::size_t n_threads) {
    return visit_floats(X, "X", [&]<typename T>(MatrixView<const T> view) {
        check_argument(view.n_rows > 0 && view.n_cols > 0, "X must have at least one row and one column, got {} and {}",
                       view.n_rows, view.n_cols);
        const Metric by(metric, p, view.n_cols);
        const CoreScope scope;
        return AnySearch(std::make_unique<ExactSearch<T>>(view, by, parallel::ThreadLimit{n_threads}));
    });
}

class ExactIndex {
  public:
    ExactIndex(const py::array& X, const std::string& metric, double p, std::size_t n_threads)
        : metric_name_(metric), search_(make_search(X, metric, p, n_threads)) {}

    [[nodiscard]] std::size_t n_rows() const {
        return std::visit([](const auto& search) { return search->base().rows().n_rows(); }, search_);
    }
    [[nodiscard]] std::size_t n_features() const {
        return std::visit([](const auto& search) { return search->base().rows().n_cols(); }, search_);
    }

    [[nodiscard]] py::tuple nearest(const py::array& X, std::size_t k, const std::optional<py::array>& own_row,
                                    std::size_t n_threads) const {
        const std::size_t n_told = n_rows() - (own_row ? 1 : 0);
        check_argument(k >= 1 && k <= n_told, "k must be between 1 and {}, got {}", n_told, k);
        return visit_queries(X, own_row, [&](const auto& search, const auto& queries) {
            using Out = py::array_t<double, py::array::c_style>;
            Out distance({queries.size(), k});
            py::array_t<std::int64_t, py::array::c_style> row({queries.size(), k});
            const NearestAnswer answer{matrix_view<double>(distance, "distance"),
                                       matrix_view<std::int64_t>(row, "row")};
            {
                const CoreScope scope;
                search.nearest(queries, k, {n_threads}, answer);
            }
            return py::make_tuple(std::move(distance), std::move(row));
        });
    }

    [[nodiscard]] py::tuple within(const py::array& X, double radius, const std::optional<py::array>& own_row,
                                   std::size_t n_threads) const {
        const bool has_sign = metric_name_ == "inner_product";
        check_argument(radius >= 0.0 || has_sign, "radius must not be negative, got {}", radius);
        return visit_queries(X, own_row, [&](const auto& search, const auto& queries) {
            const RadiusAnswer answer = [&] {
                const CoreScope scope;
                return search.within(queries, radius, {n_threads});
            }();
            return py::make_tuple(to_array(answer.begin), to_array(answer.distance), to_array(answer.row));
        });
    }

  private:
    template <typename Visit>
    py::tuple visit_queries(const py::array& X, const std::optional<py::array>& own_row, Visit with) const {
        return visit_floats(X, "X", [&]<typename Q>(MatrixView<const Q> view) {
            check_argument(view.n_cols == n_features(), "X has {} features, but the index expects {}", view.n_cols,
                           n_features());
            const Queries<Q> queries{view, vector_view<const std::int64_t>(own_row, "own_row")};
            if (own_row) check_own_rows(queries.own_row, view.n_rows);
            return std::visit([&](const auto& search) { return with(*search, queries); }, search_);
        });
    }

    void check_own_rows(VectorView<const std::int64_t> own_row, std::size_t n_queries) const {
        check_argument(own_row.size == n_queries, "own_row must have {} values, got {}", n_queries, own_row.size);
        const auto n = static_cast<std::int64_t>(n_rows());
        for (std::size_t i = 0; i < own_row.size; ++i)
            check_argument(own_row[i] >= -1 && own_row[i] < n, "own_row must be in [-1, {}), got {}", n, own_row[i]);
    }

    std::string metric_name_;
    AnySearch search_;
};

using BoundIndex = Initialised<ExactIndex>;

}  // namespace

void register_neighbors(py::module_& m) {
    using namespace py::literals;
    m.def("metric_names", &Metric::names);
    py::class_<BoundIndex, std::shared_ptr<BoundIndex>>(m, "ExactIndex",
                                                        "A copy of a table, and exact neighbours in it.")
        .def(py::init([](const py::array& X, const std::string& metric, double p, std::size_t n_threads) {
                 return std::make_shared<BoundIndex>(X, metric, p, n_threads);
             }),
             "X"_a, py::kw_only(), "metric"_a, "p"_a = 2.0, "n_threads"_a = 0)
        .def_property_readonly("n_rows", &ExactIndex::n_rows)
        .def_property_readonly("n_features", &ExactIndex::n_features)
        .def("nearest", &ExactIndex::nearest, "X"_a, "k"_a, py::kw_only(), "own_row"_a = py::none(), "n_threads"_a = 0,
             "Distances and rows of the k nearest, nearest first; a query is never told the row that is its own.")
        .def("within", &ExactIndex::within, "X"_a, "radius"_a, py::kw_only(), "own_row"_a = py::none(),
             "n_threads"_a = 0,
             "Row pointers, distances and rows of all within the radius, as in a CSR matrix; by row.");
}

}  // namespace hornbeam
