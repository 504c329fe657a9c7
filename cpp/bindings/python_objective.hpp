// A loss written in Python: called once an iteration for all rows, on the thread that trains, with the GIL.
//
// The trainer computes without the GIL, so every way into Python takes it, the destructor's too. Python is given copies:
// what it keeps of them, or does to them, reaches nothing of ours. What it returns is checked and copied at once; the
// batches of gradients and losses are then slices of these copies, which any thread may read.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/numpy_views.hpp"
#include "boosting/objective.hpp"
#include "common/error.hpp"

namespace hornbeam {

class PythonObjective final : public boosting::Objective {
  public:
    // callbacks: an object with the methods baseline(y), gradients(y, raw) and losses(y, raw), which return native float64
    // arrays (a pair of them): of shape (n_outputs,), of the shape of raw and of that of y. raw is (n,) or (n, n_outputs).
    explicit PythonObjective(py::object callbacks)
        : Objective(boosting::ObjectiveOptions{}), callbacks_(std::move(callbacks)) {}

    ~PythonObjective() override {
        // In C, for a destructor must not throw.
        const PyGILState_STATE gil = PyGILState_Ensure();
        Py_XDECREF(callbacks_.release().ptr());
        PyGILState_Release(gil);
    }
    PythonObjective(const PythonObjective&) = delete;
    PythonObjective& operator=(const PythonObjective&) = delete;

    [[nodiscard]] std::size_t n_outputs(std::size_t n_classes) const override {
        check_argument(n_classes >= 1 && n_classes < (std::size_t{1} << 31),
                       "n_classes must be at least 1 and below 2^31, got {}", n_classes);
        return n_classes;
    }

    void check_targets(std::span<const double> y, std::size_t) const override { boosting::check_finite_targets(y); }

    [[nodiscard]] std::vector<double> baseline(const boosting::Targets& targets, std::size_t n_outputs) const override {
        const py::gil_scoped_acquire gil;
        const auto values = to_vector<double>(callbacks_.attr("baseline")(vector_for_python(targets.y)), "baseline");
        check_argument(values.size() == n_outputs, "baseline must have {} elements, got {}", n_outputs, values.size());
        for (const double value : values)
            check_argument(std::isfinite(value), "loss returned a baseline that is not finite: {}", value);
        return values;
    }

    [[nodiscard]] bool has_constant_hessian() const override { return hessian_is_one_; }

    void start_iteration(const boosting::Targets& targets, std::span<const double> raw) override {
        const py::gil_scoped_acquire gil;
        const std::size_t n = targets.y.size();
        const py::tuple pair = callbacks_.attr("gradients")(vector_for_python(targets.y), raw_for_python(raw, n));
        check_argument(pair.size() == 2, "loss must return a gradient and a hessian, got {} values", pair.size());
        gradient_ = by_output(pair[0], n, raw.size() / n, "gradient");
        hessian_ = by_output(pair[1], n, raw.size() / n, "hessian");
        for (std::size_t i = 0; i < hessian_.size(); ++i)
            check_argument(hessian_[i] >= 0.0, "loss returned a hessian that is negative: {} at row {}", hessian_[i],
                           i % n);
        hessian_is_one_ = std::ranges::all_of(hessian_, [](double h) { return h == 1.0; });
    }

    void gradients(const boosting::ScoreBatch& batch, std::size_t n_outputs, double* g, double* h) const override {
        for (std::size_t k = 0; k < n_outputs; ++k) {
            const std::size_t at = k * batch.stride;
            std::copy_n(gradient_.data() + at + batch.first, batch.n, g + at);
            if (h) std::copy_n(hessian_.data() + at + batch.first, batch.n, h + at);
        }
    }

    void start_losses(std::span<const double> y, std::span<const double> raw) override {
        const py::gil_scoped_acquire gil;
        losses_ = by_output(callbacks_.attr("losses")(vector_for_python(y), raw_for_python(raw, y.size())), y.size(), 1,
                            "loss per row");
    }

    void losses(const boosting::ScoreBatch& batch, std::size_t, double* loss) const override {
        std::copy_n(losses_.data() + batch.first, batch.n, loss);
    }

  private:
    static py::array vector_for_python(std::span<const double> values) {
        py::array_t<double> copy(static_cast<py::ssize_t>(values.size()), values.data());
        make_read_only(copy);
        return copy;
    }

    // [n_outputs][n] -> (n,) or (n, n_outputs)
    static py::array raw_for_python(std::span<const double> raw, std::size_t n) {
        assert(n > 0);
        if (raw.size() == n) return vector_for_python(raw);
        py::array_t<double, py::array::f_style> copy({n, raw.size() / n});
        std::ranges::copy(raw, copy.mutable_data());
        make_read_only(copy);
        return copy;
    }

    // (n,) or (n, n_outputs) -> [n_outputs][n], finite.
    static std::vector<double> by_output(const py::object& returned, std::size_t n, std::size_t n_outputs,
                                         std::string_view name) {
        const auto array = returned.cast<py::array>();
        const bool is_vector = n_outputs == 1;
        const VectorView<const double> column =
            is_vector ? vector_view<const double>(array, name) : VectorView<const double>{};
        const MatrixView<const double> matrix =
            is_vector ? MatrixView<const double>{column.data, column.size, 1, column.stride, 1}
                      : matrix_view<const double>(array, name);
        check_argument(matrix.n_rows == n && matrix.n_cols == n_outputs, "{} must have shape ({}, {}), got ({}, {})",
                       name, n, n_outputs, matrix.n_rows, matrix.n_cols);
        std::vector<double> values(n * n_outputs);
        for (std::size_t k = 0; k < n_outputs; ++k)
            for (std::size_t i = 0; i < n; ++i) {
                check_argument(std::isfinite(matrix(i, k)), "loss returned a {} that is not finite: {} at row {}", name,
                               matrix(i, k), i);
                values[k * n + i] = matrix(i, k);
            }
        return values;
    }

    py::object callbacks_;
    std::vector<double> gradient_;  // [n_outputs][n], as are the hessians
    std::vector<double> hessian_;
    std::vector<double> losses_;
    bool hessian_is_one_ = false;
};

// By its name, or of the callbacks of one written in Python.
[[nodiscard]] inline std::unique_ptr<boosting::Objective> make_objective(const py::object& objective,
                                                                         const boosting::ObjectiveOptions& options) {
    if (!py::isinstance<py::str>(objective)) return std::make_unique<PythonObjective>(objective);
    return boosting::ObjectiveRegistry::create(objective.cast<std::string>(), options);
}

}  // namespace hornbeam
