#include "boosting/bin_mapper.hpp"

#include <cmath>

#include "common/quantile_edges.hpp"

namespace hornbeam::boosting {

namespace {

template <typename Float>
std::vector<WeightedValue> column_values(VectorView<const Float> column, const RowWeights& weights,
                                         std::uint8_t& has_missing) {
    has_missing = 0;
    if (weights.bin_weight.empty()) {
        std::vector<Float> values;
        values.reserve(column.size);
        for (std::size_t i = 0; i < column.size; ++i)
            if (!std::isnan(column[i])) values.push_back(column[i]);
        has_missing = values.size() < column.size;
        return distinct_values(values);
    }
    std::vector<WeightedValue> values;
    values.reserve(column.size);
    for (std::size_t i = 0; i < column.size; ++i)
        if (!std::isnan(column[i])) values.push_back({static_cast<double>(column[i]), weights.bin_weight[i]});
    has_missing = values.size() < column.size;
    return distinct_values(values);
}

}  // namespace

template <typename Float>
BinMapper BinMapper::fit(MatrixView<const Float> X, const RowWeights& weights, std::size_t max_bins,
                         parallel::ThreadLimit threads) {
    BinMapper mapper;
    mapper.edges_.resize(X.n_cols);
    mapper.has_missing_.resize(X.n_cols);
    parallel::for_chunks(X.n_cols, threads, [&](std::size_t feature, std::size_t) {
        const auto values = column_values(X.column(feature), weights, mapper.has_missing_[feature]);
        mapper.edges_[feature] = quantile_edges(values, max_bins);
    });
    return mapper;
}

template BinMapper BinMapper::fit(MatrixView<const float>, const RowWeights&, std::size_t, parallel::ThreadLimit);
template BinMapper BinMapper::fit(MatrixView<const double>, const RowWeights&, std::size_t, parallel::ThreadLimit);

}  // namespace hornbeam::boosting
