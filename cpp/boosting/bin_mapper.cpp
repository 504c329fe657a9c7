#include "boosting/bin_mapper.hpp"

#include "common/quantile_edges.hpp"

namespace hornbeam::boosting {

namespace {

template <typename Float>
bool misses_category(VectorView<const Float> column, std::size_t n_categories) {
    bool misses = false;
    parallel::for_strips(column.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) misses |= category_of(column[i], n_categories) == n_categories;
    });
    return misses;
}

}  // namespace

template <typename Float>
BinMapper BinMapper::fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         std::vector<std::size_t> n_categories, parallel::ThreadLimit threads) {
    BinMapper mapper;
    mapper.n_categories_ = std::move(n_categories);
    mapper.edges_.resize(X.n_cols);
    mapper.has_missing_.resize(X.n_cols);
    const std::uint64_t* bin_weight = weights.bin_weight.empty() ? nullptr : weights.bin_weight.data();
    constexpr std::size_t kNanosecondsPerValue = 10;
    const auto limit = parallel::limit_for(threads, X.n_rows * X.n_cols * kNanosecondsPerValue);
    parallel::for_chunks_with<EdgeFinder<Float>>(X.n_cols, limit, [&](std::size_t feature, EdgeFinder<Float>& finder) {
        if (mapper.is_categorical(feature)) {
            mapper.has_missing_[feature] = misses_category(X.column(feature), mapper.n_categories(feature)) ? 1 : 0;
            return;
        }
        ColumnEdges column = finder.find(X.column(feature), bin_weight, max_bins);
        mapper.edges_[feature] = std::move(column.edges);
        mapper.has_missing_[feature] = column.has_missing ? 1 : 0;
    });
    return mapper;
}

template BinMapper BinMapper::fit(MatrixView<const float>, const RowWeights&, std::size_t, std::vector<std::size_t>,
                                  parallel::ThreadLimit);
template BinMapper BinMapper::fit(MatrixView<const double>, const RowWeights&, std::size_t, std::vector<std::size_t>,
                                  parallel::ThreadLimit);

}  // namespace hornbeam::boosting
