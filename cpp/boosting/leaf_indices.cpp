#include "boosting/leaf_indices.hpp"

#include <algorithm>

namespace hornbeam::boosting {

namespace {

// Cells of a chunk, and the cost of one for the serial cut-off.
constexpr std::size_t kChunkCells = std::size_t{1} << 14;
constexpr std::size_t kNanosecondsPerCell = 20;

}  // namespace

template <typename Table>
void find_leaves(const Model& model, const Table& X, MatrixView<std::int32_t> out, parallel::ThreadLimit threads) {
    const std::size_t n_trees = model.n_trees();
    const std::size_t grain = std::max<std::size_t>(1, kChunkCells / std::max<std::size_t>(n_trees, 1));
    const auto limit = parallel::limit_for(threads, X.n_rows * n_trees * kNanosecondsPerCell);
    parallel::for_ranges(X.n_rows, grain, limit, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            for (std::size_t tree = 0; tree < n_trees; ++tree)
                out(i, tree) = static_cast<std::int32_t>(model.leaf_index(tree, X.row(i)));
    });
}

template void find_leaves(const Model&, const MatrixView<const float>&, MatrixView<std::int32_t>,
                          parallel::ThreadLimit);
template void find_leaves(const Model&, const MatrixView<const double>&, MatrixView<std::int32_t>,
                          parallel::ThreadLimit);
template void find_leaves(const Model&, const SparseRows<float>&, MatrixView<std::int32_t>, parallel::ThreadLimit);
template void find_leaves(const Model&, const SparseRows<double>&, MatrixView<std::int32_t>, parallel::ThreadLimit);

}  // namespace hornbeam::boosting
