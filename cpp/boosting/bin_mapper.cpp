#include "boosting/bin_mapper.hpp"

#include "common/quantile_edges.hpp"

namespace hornbeam::boosting {

template <typename Float>
BinMapper BinMapper::fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         parallel::ThreadLimit threads) {
    BinMapper mapper;
    mapper.edges_.resize(X.n_cols);
    mapper.has_missing_.resize(X.n_cols);
    const std::uint64_t* bin_weight = weights.bin_weight.empty() ? nullptr : weights.bin_weight.data();
    constexpr std::size_t kNanosecondsPerValue = 10;
    const auto limit = parallel::limit_for(threads, X.n_rows * X.n_cols * kNanosecondsPerValue);
    parallel::for_chunks_with<EdgeFinder<Float>>(X.n_cols, limit, [&](std::size_t feature, EdgeFinder<Float>& finder) {
        ColumnEdges column = finder.find(X.column(feature), bin_weight, max_bins);
        mapper.edges_[feature] = std::move(column.edges);
        mapper.has_missing_[feature] = column.has_missing ? 1 : 0;
    });
    return mapper;
}

template BinMapper BinMapper::fit(MatrixView<const float>, const RowWeights&, std::size_t, parallel::ThreadLimit);
template BinMapper BinMapper::fit(MatrixView<const double>, const RowWeights&, std::size_t, parallel::ThreadLimit);

}  // namespace hornbeam::boosting
