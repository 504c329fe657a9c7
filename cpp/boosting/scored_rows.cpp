#include "boosting/scored_rows.hpp"

#include <algorithm>
#include <cmath>

#include "common/error.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

namespace {

void check_shapes(TableShape X, VectorView<const double> y, VectorView<const double> weight,
                  MatrixView<const double> init_score, std::size_t n_outputs) {
    check_argument(X.n_rows >= 1, "X must have at least one row");
    check_argument(X.n_features >= 1, "X must have at least one feature");
    check_argument(X.n_rows < (std::size_t{1} << 31), "X must have fewer than 2^31 rows, got {}", X.n_rows);
    check_argument(X.n_features < (std::size_t{1} << 31), "X must have fewer than 2^31 features, got {}", X.n_features);
    check_argument(y.size == X.n_rows, "y must have as many elements as X has rows ({}), got {}", X.n_rows, y.size);
    check_argument(weight.data == nullptr || weight.size == X.n_rows,
                   "sample_weight must have as many elements as X has rows ({}), got {}", X.n_rows, weight.size);
    if (init_score.data == nullptr) return;
    check_argument(init_score.n_rows == X.n_rows, "init_score must have as many rows as X ({}), got {}", X.n_rows,
                   init_score.n_rows);
    check_argument(init_score.n_cols == n_outputs, "init_score must have {} columns, got {}", n_outputs,
                   init_score.n_cols);
}

}  // namespace

ScoredRows ScoredRows::read(TableShape X, VectorView<const double> y, VectorView<const double> weight,
                            MatrixView<const double> init_score, const Objective& objective, std::size_t n_outputs) {
    check_shapes(X, y, weight, init_score, n_outputs);
    ScoredRows rows;
    rows.y.resize(y.size);
    parallel::for_strips(y.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) rows.y[i] = y[i];
    });
    objective.check_targets(rows.y, n_outputs);
    rows.weights = RowWeights::from(weight, y.size);
    rows.raw.resize(n_outputs * y.size);
    return rows;
}

void ScoredRows::start(const std::vector<double>& baseline, MatrixView<const double> init_score) {
    const std::size_t n = n_rows();
    for (std::size_t k = 0; k < baseline.size(); ++k)
        std::fill_n(raw.begin() + static_cast<std::ptrdiff_t>(k * n), n, baseline[k]);
    if (init_score.data == nullptr) return;
    parallel::for_strips(n, [&](std::size_t begin, std::size_t end) {
        for (std::size_t k = 0; k < baseline.size(); ++k)
            for (std::size_t i = begin; i < end; ++i) {
                check_argument(std::isfinite(init_score(i, k)), "init_score must be finite, got {} at row {}",
                               init_score(i, k), i);
                raw[k * n + i] += init_score(i, k);
            }
    });
}

}  // namespace hornbeam::boosting
