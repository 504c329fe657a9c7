#include "boosting/bin_mapper.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <span>

#include "common/quantile_edges.hpp"

namespace hornbeam::boosting {

namespace {

// Columns whose values are held at a time: as many as a thread may keep, but few leave a cache line half read.
constexpr std::size_t kBytesPerThread = std::size_t{32} << 20;
constexpr std::size_t kFewColumns = 8;
constexpr std::size_t kManyColumns = 64;

template <typename Float>
bool misses_category(VectorView<const Float> column, std::size_t n_categories) {
    bool misses = false;
    parallel::for_strips(column.size, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) misses |= category_of(column[i], n_categories) == n_categories;
    });
    return misses;
}

std::uint64_t total_count(std::span<const std::uint32_t> rows, const RowWeights& weights) {
    if (weights.count.empty()) return rows.size();
    return std::transform_reduce(rows.begin(), rows.end(), std::uint64_t{0}, std::plus<>{},
                                 [&](std::uint32_t row) { return std::uint64_t{weights.count[row]}; });
}

}  // namespace

template <typename Float>
BinMapper BinMapper::fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         std::vector<std::size_t> n_categories, parallel::ThreadLimit threads,
                         std::vector<RowBits>& nonzero) {
    BinMapper mapper;
    nonzero.assign(X.n_cols, {});
    mapper.n_categories_ = std::move(n_categories);
    mapper.edges_.resize(X.n_cols);
    mapper.has_missing_.resize(X.n_cols);
    const std::uint64_t* bin_weight = weights.bin_weight.empty() ? nullptr : weights.bin_weight.data();
    std::vector<std::size_t> numeric;
    for (std::size_t f = 0; f < X.n_cols; ++f) {
        if (mapper.is_categorical(f))
            mapper.has_missing_[f] = misses_category(X.column(f), mapper.n_categories(f)) ? 1 : 0;
        else
            numeric.push_back(f);
    }
    constexpr std::size_t kNanosecondsPerValue = 10;
    const auto limit = parallel::limit_for(threads, X.n_rows * X.n_cols * kNanosecondsPerValue);
    const std::size_t fair_share = std::max<std::size_t>(1, numeric.size() / (2 * parallel::n_workers(limit)));
    const std::size_t together =
        std::min(fair_share, std::clamp(kBytesPerThread / (X.n_rows * sizeof(Float)), kFewColumns, kManyColumns));
    const std::size_t n_groups = parallel::n_chunks_for(numeric.size(), together);
    parallel::for_chunks_with<EdgeFinder<Float>>(n_groups, limit, [&](std::size_t group, EdgeFinder<Float>& finder) {
        const auto features =
            std::span(numeric).subspan(group * together).first(std::min(together, numeric.size() - group * together));
        std::vector<VectorView<const Float>> columns;
        for (const std::size_t f : features) columns.push_back(X.column(f));
        std::vector<ColumnEdges> found = finder.find(columns, bin_weight, max_bins);
        for (std::size_t j = 0; j < features.size(); ++j) {
            mapper.edges_[features[j]] = std::move(found[j].edges);
            mapper.has_missing_[features[j]] = found[j].has_missing ? 1 : 0;
            nonzero[features[j]] = std::move(found[j].nonzero);
        }
    });
    return mapper;
}

template <typename Float>
BinMapper BinMapper::fit(const SparseColumns<Float>& X, const RowWeights& weights, std::size_t max_bins,
                         std::uint64_t min_count, parallel::ThreadLimit threads) {
    constexpr std::size_t kNanosecondsPerValue = 20;
    constexpr std::size_t kChunkFeatures = 16;
    BinMapper mapper;
    mapper.edges_.resize(X.n_columns());
    mapper.has_missing_.resize(X.n_columns());
    const std::vector<std::uint64_t>& of_row = weights.bin_weight;
    const std::uint64_t* bin_weight = of_row.empty() ? nullptr : of_row.data();
    const std::uint64_t total = bin_weight ? std::reduce(of_row.begin(), of_row.end()) : X.n_rows();
    const auto limit = parallel::limit_for(threads, X.n_nonzero() * kNanosecondsPerValue);
    parallel::for_chunks_with<EdgeFinder<Float>>(
        parallel::n_chunks_for(X.n_columns(), kChunkFeatures), limit,
        [&](std::size_t chunk, EdgeFinder<Float>& finder) {
            const std::size_t end = std::min(X.n_columns(), (chunk + 1) * kChunkFeatures);
            for (std::size_t f = chunk * kChunkFeatures; f < end; ++f) {
                if (total_count(X.rows(f), weights) < min_count) continue;
                ColumnEdges found = finder.find_sparse(X.values(f), X.rows(f), bin_weight, total, max_bins);
                mapper.edges_[f] = std::move(found.edges);
                mapper.has_missing_[f] = found.has_missing ? 1 : 0;
            }
        });
    return mapper;
}

template BinMapper BinMapper::fit(const SparseColumns<float>&, const RowWeights&, std::size_t, std::uint64_t,
                                  parallel::ThreadLimit);
template BinMapper BinMapper::fit(const SparseColumns<double>&, const RowWeights&, std::size_t, std::uint64_t,
                                  parallel::ThreadLimit);
template BinMapper BinMapper::fit(MatrixView<const float>, const RowWeights&, std::size_t, std::vector<std::size_t>,
                                  parallel::ThreadLimit, std::vector<RowBits>&);
template BinMapper BinMapper::fit(MatrixView<const double>, const RowWeights&, std::size_t, std::vector<std::size_t>,
                                  parallel::ThreadLimit, std::vector<RowBits>&);

}  // namespace hornbeam::boosting
