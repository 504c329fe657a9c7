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
// Of the trees that pass over the tiles together: half a first-level cache.
constexpr std::size_t kGroupBytes = 16384;

}  // namespace

Predictor::Predictor(std::shared_ptr<const Model> model) : model_(std::move(model)), parts_(forest_parts(*model_)) {}

template <typename Table>
void Predictor::walk_rows(const Table& X, IterationRange iterations, MatrixView<double> out, std::size_t begin,
                          std::size_t end) const {
    const std::size_t n_outputs = model_->n_outputs();
    for (std::size_t i = begin; i < end; ++i) {
        const auto row = X.row(i);
        for (std::size_t k = 0; k < n_outputs; ++k) {
            double score = out(i, k);
            for (std::size_t it = iterations.begin; it < iterations.end; ++it)
                score += model_->leaf_value(it * n_outputs + k, row);
            out(i, k) = score;
        }
    }
}

template <typename Table>
void Predictor::add_tiles(const TileFiller<Table>& filler, const ForestPart& part, IterationRange iterations,
                          MatrixView<double> out, std::size_t begin, std::size_t end, Scratch<Table>& scratch) const {
    using simd::kTileRows;
    const simd::KernelTable& kernels = simd::active();
    const QuantisedForest& forest = *part.forest;
    const std::size_t n_outputs = model_->n_outputs();
    const auto tree_of = [&](std::size_t iteration, std::size_t k) {
        return (iteration - part.iterations.begin) * n_outputs + k;
    };
    // Trees without nodes look at no byte, but pass a tile on.
    const std::size_t tile_bytes = std::max<std::size_t>(forest.n_views(), 1) * kTileRows;
    const std::size_t n_tiles = parallel::n_chunks_for(end - begin, kTileRows);
    if (scratch.tiles.size() < n_tiles * tile_bytes) scratch.tiles = AlignedBuffer<std::uint8_t>(n_tiles * tile_bytes);
    AlignedBuffer<std::uint8_t>& tiles = scratch.tiles;
    for (std::size_t t = 0; t < n_tiles; ++t) {
        const std::size_t first = begin + t * kTileRows;
        filler.fill(kernels, first, std::min(kTileRows, end - first), scratch.filler, tiles.data() + t * tile_bytes);
    }

    std::vector<double>& scores = scratch.scores;
    scores.resize(end - begin);
    for (std::size_t k = 0; k < n_outputs; ++k) {
        for (std::size_t i = 0; i < scores.size(); ++i) scores[i] = out(begin + i, k);
        for (std::size_t it = iterations.begin; it < iterations.end;) {
            const std::size_t group = it;
            for (std::size_t bytes = 0; it < iterations.end && bytes < kGroupBytes; ++it)
                bytes += forest.tree_bytes(tree_of(it, k));
            for (std::size_t t = 0; t < n_tiles; ++t) {
                const std::size_t n = std::min(kTileRows, scores.size() - t * kTileRows);
                for (std::size_t tree = group; tree < it; ++tree)
                    forest.add(kernels, tree_of(tree, k), tiles.data() + t * tile_bytes, n,
                               scores.data() + t * kTileRows);
            }
        }
        for (std::size_t i = 0; i < scores.size(); ++i) out(begin + i, k) = scores[i];
    }
}

template <typename Table>
void Predictor::add_raw(const Table& X, IterationRange iterations, MatrixView<double> out,
                        parallel::ThreadLimit threads) const {
    for (const ForestPart& part : parts_) {
        const IterationRange common{std::max(part.iterations.begin, iterations.begin),
                                    std::min(part.iterations.end, iterations.end)};
        if (common.begin < common.end) add_part(X, part, common, out, threads);
    }
}

template <typename Table>
void Predictor::add_part(const Table& X, const ForestPart& part, IterationRange iterations, MatrixView<double> out,
                         parallel::ThreadLimit threads) const {
    const std::size_t n_trees = (iterations.end - iterations.begin) * model_->n_outputs();
    // Few rows of a large model are still chunked finely enough to answer an interrupt.
    const std::size_t chunk_rows = std::clamp<std::size_t>((std::size_t{1} << 20) / std::max<std::size_t>(n_trees, 1),
                                                           simd::kTileRows, kChunkRows);
    const parallel::ThreadLimit limit = parallel::limit_for(threads, X.n_rows * n_trees * kNanosecondsPerTree);
    const std::size_t n_chunks = parallel::n_chunks_for(X.n_rows, chunk_rows);
    const auto end_of = [&](std::size_t chunk) { return std::min(X.n_rows, (chunk + 1) * chunk_rows); };
    if (!part.forest || X.n_rows < kMinRows || n_trees < kMinTrees) {
        parallel::for_chunks(n_chunks, limit, [&](std::size_t chunk, std::size_t) {
            walk_rows(X, iterations, out, chunk * chunk_rows, end_of(chunk));
        });
        return;
    }
    const TileFiller<Table> filler(*part.forest, X);
    parallel::for_chunks_with<Scratch<Table>>(n_chunks, limit, [&](std::size_t chunk, Scratch<Table>& scratch) {
        add_tiles(filler, part, iterations, out, chunk * chunk_rows, end_of(chunk), scratch);
    });
}

template void Predictor::add_raw(const MatrixView<const float>&, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;
template void Predictor::add_raw(const MatrixView<const double>&, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;
template void Predictor::add_raw(const SparseRows<float>&, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;
template void Predictor::add_raw(const SparseRows<double>&, IterationRange, MatrixView<double>,
                                 parallel::ThreadLimit) const;

}  // namespace hornbeam::boosting
