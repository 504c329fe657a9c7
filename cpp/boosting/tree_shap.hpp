// Contributions of the features to the raw scores of many rows, by the walks of shap_tree.hpp.
//
//   a group of trees --once--> walks with their factors
//   16 rows: values of the group's features --Model::goes_left--> bits per node --walk--> contributions, tree by tree
//
// A row is a lane: its numbers depend neither on the other rows nor on what the lanes are made of.
#pragma once

#include "boosting/model.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_rows.hpp"

namespace hornbeam::boosting {

// X: a MatrixView or SparseRows, of float or double. out (n_rows, (n_features + 1) * n_outputs), zero at first: contribution of feature f to output k at column
// f * n_outputs + k, and as of a last feature the expected score over the training rows. Clipped to the finite range.
template <typename Table>
void add_contributions(const Model& model, const Table& X, MatrixView<double> out, parallel::ThreadLimit threads);

}  // namespace hornbeam::boosting
