#include "boosting/tile_filler.hpp"

#include <numeric>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

using simd::kTileRows;

UsedFeatureIndex::UsedFeatureIndex(const std::vector<std::size_t>& used, std::size_t n_features)
    : used_(used), n_features_(n_features) {
    constexpr std::size_t kMaxBuckets = std::size_t{1} << 16;
    while (n_features >> shift_ > kMaxBuckets) ++shift_;
    const std::size_t n_buckets = (n_features >> shift_) + 1;
    bucket_begin_.assign(n_buckets + 1, 0);
    for (const std::size_t feature : used) ++bucket_begin_[(feature >> shift_) + 1];
    std::partial_sum(bucket_begin_.begin(), bucket_begin_.end(), bucket_begin_.begin());
}

template <typename Float>
TileFiller<SparseRows<Float>>::TileFiller(const QuantisedForest& forest, const SparseRows<Float>& X)
    : forest_(forest), X_(X), index_(forest.used_features(), X.n_cols), zeros_(forest.n_views() * kTileRows) {
    const Float zeros[kTileRows] = {};
    const std::vector<std::size_t>& features = forest.used_features();
    for (std::size_t entry = 0; entry < features.size(); ++entry)
        forest.fill(simd::active(), entry, std::span<const Float>(zeros), zeros_.data());
}

template <typename Float>
void TileFiller<SparseRows<Float>>::fill(const simd::KernelTable& kernels, std::size_t first, std::size_t n,
                                         Scratch& scratch, std::uint8_t* tile) const {
    const std::size_t n_used = forest_.used_features().size();
    scratch.values.resize(n_used * kTileRows);
    scratch.is_stored.resize(n_used);
    scratch.stored.clear();
    for (std::size_t i = 0; i < n; ++i) {
        const SparseRow<Float> row = X_.row(first + i);
        for (std::size_t j = 0; j < row.columns.size(); ++j) {
            const std::size_t e = index_.find(static_cast<std::size_t>(row.columns[j]));
            if (e == n_used) continue;
            scratch.values[e * kTileRows + i] = row.values[j];
            if (scratch.is_stored[e] == 0) scratch.stored.push_back(e);
            scratch.is_stored[e] = 1;
        }
    }
    std::ranges::copy(zeros_, tile);
    for (const std::size_t e : scratch.stored) {
        const std::span<Float> x = std::span(scratch.values).subspan(e * kTileRows, n);
        forest_.fill(kernels, e, std::span<const Float>(x), tile);
        std::ranges::fill(x, Float{0});
        scratch.is_stored[e] = 0;
    }
}

template class TileFiller<SparseRows<float>>;
template class TileFiller<SparseRows<double>>;

}  // namespace hornbeam::boosting
