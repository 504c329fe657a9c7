// Which leaf each row reaches in each tree.
#pragma once

#include <cstdint>

#include "boosting/model.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"
#include "common/sparse_rows.hpp"

namespace hornbeam::boosting {

// X: a MatrixView or SparseRows, of float or double. out (n_rows, n_trees): the leaf, counted from the tree's first.
template <typename Table>
void find_leaves(const Model& model, const Table& X, MatrixView<std::int32_t> out, parallel::ThreadLimit threads);

}  // namespace hornbeam::boosting
