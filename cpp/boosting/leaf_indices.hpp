// Which leaf each row reaches in each tree.
#pragma once

#include <cstdint>

#include "boosting/model.hpp"
#include "common/matrix_view.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

// out (n_rows, n_trees): the leaf, counted from the tree's first.
template <typename Float>
void find_leaves(const Model& model, MatrixView<const Float> X, MatrixView<std::int32_t> out,
                 parallel::ThreadLimit threads);

}  // namespace hornbeam::boosting
