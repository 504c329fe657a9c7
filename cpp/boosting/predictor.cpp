#include "boosting/predictor.hpp"

#include <algorithm>
#include <limits>

#include "boosting/bin_mapper.hpp"
#include "simd/cpu.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

namespace {

constexpr std::size_t kMaxThresholds = 254;
constexpr std::size_t kMaxTreeSize = 65535;
constexpr std::size_t kChunkRows = 1024;
constexpr std::size_t kNanosecondsPerTree = 8;
// Below these, binning a tile costs more than it saves.
constexpr std::size_t kMinRows = 16;
constexpr std::size_t kMinTrees = 4;

}  // namespace

Predictor::Predictor(std::shared_ptr<const Model> model) : model_(std::move(model)) { quantise(); }

void Predictor::quantise() {
    const ModelArrays& a = model_->arrays();
    std::vector<std::vector<double>> thresholds(model_->n_features());
    for (std::size_t i = 0; i < a.feature.size(); ++i)
        thresholds[static_cast<std::size_t>(a.feature[i])].push_back(a.threshold[i]);

    std::vector<std::uint32_t> tile_row(model_->n_features(), 0);
    for (std::size_t f = 0; f < thresholds.size(); ++f) {
        std::vector<double>& t = thresholds[f];
        if (t.empty()) continue;
        std::ranges::sort(t);
        t.erase(std::ranges::unique(t).begin(), t.end());
        if (t.size() > kMaxThresholds) return;
        tile_row[f] = static_cast<std::uint32_t>(used_features_.size());
        used_features_.push_back(f);
        t.resize(kMaxValueBins, std::numeric_limits<double>::infinity());
        edges_.insert(edges_.end(), t.begin(), t.end());
    }
    for (std::size_t tree = 0; tree < model_->n_trees(); ++tree) {
        if (a.tree_offset[tree + 1] - a.tree_offset[tree] > static_cast<std::int64_t>(kMaxTreeSize / 2)) return;
        quantise_tree(tree, tile_row);
    }
    quantised_ = true;
}

void Predictor::quantise_tree(std::size_t tree, const std::vector<std::uint32_t>& tile_row) {
    const ModelArrays& a = model_->arrays();
    const auto first = static_cast<std::size_t>(a.tree_offset[tree]);
    const auto n_nodes = static_cast<std::size_t>(a.tree_offset[tree + 1]) - first;
    const auto first_leaf = static_cast<std::size_t>(a.leaf_offset[tree]);
    const auto place = [&](std::int32_t child) {
        return static_cast<std::uint16_t>(child >= 0 ? static_cast<std::size_t>(child)
                                                     : n_nodes + static_cast<std::size_t>(~child));
    };
    std::vector<std::size_t> depth(n_nodes, 0);
    std::size_t tree_depth = 0;
    for (std::size_t node = 0; node < n_nodes; ++node) {
        const std::size_t i = first + node;
        const std::uint32_t row = tile_row[static_cast<std::size_t>(a.feature[i])];
        const double* edges = edges_.data() + row * kMaxValueBins;
        const auto bin =
            static_cast<std::uint8_t>(std::lower_bound(edges, edges + kMaxThresholds, a.threshold[i]) - edges);
        feature_row_.push_back(row);
        shift_.push_back(a.missing_left[i]);
        bin_.push_back(static_cast<std::uint8_t>(bin + a.missing_left[i]));
        child_.push_back(place(a.left[i]));
        child_.push_back(place(a.right[i]));
        value_.push_back(0.0);
        tree_depth = std::max(tree_depth, depth[node] + 1);
        for (const std::int32_t child : {a.left[i], a.right[i]})
            if (child >= 0) depth[static_cast<std::size_t>(child)] = depth[node] + 1;
    }
    for (std::size_t leaf = 0; leaf <= n_nodes; ++leaf) {
        const auto self = static_cast<std::uint16_t>(n_nodes + leaf);
        feature_row_.push_back(0);
        shift_.push_back(0);
        bin_.push_back(0);
        child_.push_back(self);
        child_.push_back(self);
        value_.push_back(a.leaf_value[first_leaf + leaf]);
    }
    trees_.push_back({value_.size() - (2 * n_nodes + 1), tree_depth});
}

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
    std::vector<std::uint8_t> tile(std::max<std::size_t>(used_features_.size(), 1) * simd::kTileRows);
    double values[simd::kTileRows];
    for (std::size_t first = begin; first < end; first += simd::kTileRows) {
        const std::size_t n = std::min(simd::kTileRows, end - first);
        for (std::size_t f = 0; f < used_features_.size(); ++f) {
            for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<double>(X(first + i, used_features_[f]));
            kernels.bin_values(values, n, edges_.data() + f * kMaxValueBins, tile.data() + f * simd::kTileRows);
        }
        for (std::size_t k = 0; k < n_outputs; ++k) {
            double score[simd::kTileRows];
            for (std::size_t i = 0; i < n; ++i) score[i] = out(first + i, k);
            for (std::size_t it = iterations.begin; it < iterations.end; ++it) {
                const TreeSpan& span = trees_[it * n_outputs + k];
                kernels.add_quantised_tree(
                    {feature_row_.data() + span.first, shift_.data() + span.first, bin_.data() + span.first,
                     child_.data() + 2 * span.first, span.depth, value_.data() + span.first},
                    tile.data(), n, score);
            }
            for (std::size_t i = 0; i < n; ++i) out(first + i, k) = score[i];
        }
    }
}

template <typename Float>
void Predictor::add_raw(MatrixView<const Float> X, IterationRange iterations, MatrixView<double> out,
                        parallel::ThreadLimit threads) const {
    const std::size_t n_trees = (iterations.end - iterations.begin) * model_->n_outputs();
    const bool use_bins = quantised_ && X.n_rows >= kMinRows && n_trees >= kMinTrees;
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
