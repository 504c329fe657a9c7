#include "boosting/predictor.hpp"

#include <algorithm>
#include <vector>

#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kChunkRows = 1024;
constexpr std::size_t kNanosecondsPerTree = 8;
// Below these, binning a tile costs more than it saves.
constexpr std::size_t kMinRows = 16;
constexpr std::size_t kMinTrees = 4;

}  // namespace

Predictor::Predictor(std::shared_ptr<const Model> model)
    : model_(std::move(model)), forest_(QuantisedForest::from(*model_)) {}

template <typename Float>
void Predictor::walk_values(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out,
                            std::size_t begin, std::size_t end) const {
    const std::size_t n_outputs = model_->n_outputs();
    for (std::size_t i = begin; i < end; ++i) {
        const VectorView<const Float> row = X.row(i);
        for (std::size_t k = 0; k < n_outputs; ++k) {
            double score = out(i, k);
            for (std::size_t it = iterations.begin; it < iterations.end; ++it)
                score += model_->leaf_value(it * n_outputs + k, row);
            out(i, k) = score;
        }
    }
}

template <typename Float>
void Predictor::walk_bins(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out,
                          std::size_t begin, std::size_t end) const {
    const simd::KernelTable& kernels = simd::active();
    const std::size_t n_outputs = model_->n_outputs();
    const std::vector<std::size_t>& features = forest_->used_features();
    std::vector<std::uint8_t> tile(std::max<std::size_t>(features.size(), 1) * simd::kTileRows);
    double values[simd::kTileRows];
    double score[simd::kTileRows];
    for (std::size_t first = begin; first < end; first += simd::kTileRows) {
        const std::size_t n = std::min(simd::kTileRows, end - first);
        for (std::size_t f = 0; f < features.size(); ++f) {
            for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(X(first + i, features[f]));
            forest_->thresholds().bin(kernels, f, {values, n}, tile.data() + f * simd::kTileRows);
        }
        for (std::size_t k = 0; k < n_outputs; ++k) {
            for (std::size_t i = 0; i < n; ++i) score[i] = out(first + i, k);
            for (std::size_t it = iterations.begin; it < iterations.end; ++it)
                kernels.add_quantised_tree(forest_->tree(it * n_outputs + k), tile.data(), n, score);
            for (std::size_t i = 0; i < n; ++i) out(first + i, k) = score[i];
        }
    }
}

template <typename Float>
void Predictor::add_raw(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out,
                        parallel::ThreadLimit threads) const {
    const std::size_t n_trees = (iterations.end - iterations.begin) * model_->n_outputs();
    const bool use_bins = forest_.has_value() && X.n_rows >= kMinRows && n_trees >= kMinTrees;
    // Few rows of a large model are still chunked finely enough to answer an interrupt.
    const std::size_t chunk_rows = std::clamp<std::size_t>((std::size_t{1} << 20) / std::max<std::size_t>(n_trees, 1),
                                                           simd::kTileRows, kChunkRows);
    parallel::for_chunks(parallel::n_chunks_for(X.n_rows, chunk_rows),
                         parallel::limit_for(threads, X.n_rows * n_trees * kNanosecondsPerTree),
                         [&](std::size_t chunk, std::size_t) {
                             const std::size_t begin = chunk * chunk_rows;
                             const std::size_t end = std::min(X.n_rows, begin + chunk_rows);
                             if (use_bins)
                                 walk_bins(X, iterations, out, begin, end);
                             else
                                 walk_values(X, iterations, out, begin, end);
                         });
}

template void Predictor::add_raw(MatrixView<const float>, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;
template void Predictor::add_raw(MatrixView<const double>, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;

}  // namespace hornbeam::boosting
