// Tiles of bytes out of rows, dense or sparse (predictor.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "boosting/quantised_forest.hpp"
#include "common/matrix_view.hpp"
#include "common/sparse_rows.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

// What all tiles of a table have in common.
template <typename Table>
class TileFiller;

template <typename T>
class TileFiller<MatrixView<T>> {
  public:
    struct Scratch {};

    TileFiller(const QuantisedForest& forest, const MatrixView<T>& X) : forest_(forest), X_(X) {}

    // The n rows from `first` on, at most kTileRows.
    void fill(const simd::KernelTable& kernels, std::size_t first, std::size_t n, Scratch&, std::uint8_t* tile) const {
        typename MatrixView<T>::Value values[simd::kTileRows];
        const std::span<typename MatrixView<T>::Value> x(values, n);
        const std::vector<std::size_t>& features = forest_.used_features();
        for (std::size_t entry = 0; entry < features.size(); ++entry) {
            X_.read(features[entry], first, x);
            forest_.fill(kernels, entry, std::span<const typename MatrixView<T>::Value>(x), tile);
        }
    }

  private:
    const QuantisedForest& forest_;
    MatrixView<T> X_;
};

// Finds a feature among the used ones, which ascend, by bisection among those whose numbers begin alike.
class UsedFeatureIndex {
  public:
    UsedFeatureIndex(const std::vector<std::size_t>& used, std::size_t n_features);

    // Its place among the used ones; their number if it is none of them, or no feature at all.
    [[nodiscard]] std::size_t find(std::size_t feature) const {
        if (feature >= n_features_) return used_.size();
        const auto begin = used_.begin() + bucket_begin_[feature >> shift_];
        const auto end = used_.begin() + bucket_begin_[(feature >> shift_) + 1];
        const auto at = std::lower_bound(begin, end, feature);
        return at != end && *at == feature ? static_cast<std::size_t>(at - used_.begin()) : used_.size();
    }

  private:
    const std::vector<std::size_t>& used_;
    std::size_t n_features_;
    int shift_ = 0;
    std::vector<std::int32_t> bucket_begin_;
};

// Begins with a tile of zeros, and fills what the rows store.
template <typename Float>
class TileFiller<SparseRows<Float>> {
  public:
    struct Scratch {
        std::vector<Float> values;  // [used feature][row of the tile], zeros between tiles
        std::vector<std::uint8_t> is_stored;
        std::vector<std::size_t> stored;  // used features
    };

    TileFiller(const QuantisedForest& forest, const SparseRows<Float>& X);

    void fill(const simd::KernelTable& kernels, std::size_t first, std::size_t n, Scratch& scratch,
              std::uint8_t* tile) const;

  private:
    const QuantisedForest& forest_;
    SparseRows<Float> X_;
    UsedFeatureIndex index_;
    std::vector<std::uint8_t> zeros_;  // a tile
};

extern template class TileFiller<SparseRows<float>>;
extern template class TileFiller<SparseRows<double>>;

}  // namespace hornbeam::boosting
