// Leaf values and baseline learned anew on other rows, in the trees of a model (docs/boosting.md §9).
//
//   raw scores -> gradients (all outputs) -> per output: rows to the leaves of the tree -> leaf values -> raw scores
#pragma once

#include <memory>

#include "boosting/model.hpp"
#include "boosting/trainer.hpp"
#include "common/matrix_view.hpp"
#include "common/sparse_rows.hpp"

namespace hornbeam::boosting {

// X: a MatrixView or SparseRows, of float or double. decay: the share that stays of the old values. init_score: as of Trainer. Of the options those of the leaves, the classes
// and the threads count.
template <typename Table>
[[nodiscard]] std::shared_ptr<const Model> refit(const Model& model, const Table& X, VectorView<const double> y,
                                                 VectorView<const double> weight, MatrixView<const double> init_score,
                                                 Objective& objective, const TrainOptions& options, double decay);

}  // namespace hornbeam::boosting
