// Leaf values and baseline learned anew on other rows, in the trees of a model (docs/boosting.md §9).
//
//   raw scores -> gradients (all outputs) -> per output: rows to the leaves of the tree -> leaf values -> raw scores
#pragma once

#include <memory>

#include "boosting/model.hpp"
#include "boosting/trainer.hpp"
#include "common/matrix_view.hpp"

namespace hornbeam::boosting {

// decay: the share that stays of the old values. init_score: as of Trainer. Of the options those of the leaves, the classes
// and the threads count.
template <typename Float>
[[nodiscard]] std::shared_ptr<const Model> refit(const Model& model, MatrixView<const Float> X,
                                                 VectorView<const double> y, VectorView<const double> weight,
                                                 MatrixView<const double> init_score, Objective& objective,
                                                 const TrainOptions& options, double decay);

}  // namespace hornbeam::boosting
