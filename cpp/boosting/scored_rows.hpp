// Rows with targets, and their raw scores so far.
#pragma once

#include <cstddef>
#include <vector>

#include "boosting/objective.hpp"
#include "boosting/row_weights.hpp"
#include "common/matrix_view.hpp"

namespace hornbeam::boosting {

struct TableShape {
    std::size_t n_rows;
    std::size_t n_features;
};

struct ScoredRows {
    std::vector<double> y;
    RowWeights weights;
    std::vector<double> raw;  // [n_outputs][n_rows]

    // Throws ValueError unless shapes agree and the objective allows the targets. The raw scores are still zero.
    [[nodiscard]] static ScoredRows read(TableShape X, VectorView<const double> y, VectorView<const double> weight,
                                         MatrixView<const double> init_score, const Objective& objective,
                                         std::size_t n_outputs);

    [[nodiscard]] std::size_t n_rows() const { return y.size(); }

    // Raw scores before the first tree; docs/boosting.md §3 fixes the order of the additions. No data: no init_score.
    void start(const std::vector<double>& baseline, MatrixView<const double> init_score);
};

}  // namespace hornbeam::boosting
