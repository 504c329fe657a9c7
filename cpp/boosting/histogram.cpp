#include "boosting/histogram.hpp"

#include <algorithm>
#include <cassert>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

// Rows gathered at a time: 16 KB of packed gradients, and no more than one flush can hold.
constexpr std::size_t kTileRows = 2047;
// Cell updates per chunk of rows: about 100 us.
constexpr std::size_t kChunkUpdates = std::size_t{1} << 18;
// From this many feature blocks on, threads share the features instead of the rows: nothing to merge.
constexpr std::size_t kShareFeatures = 16;

bool fits(const simd::PackedTotals& a, const simd::PackedTotals& b, const simd::PackedTotals& capacity) {
    return a.abs_gradient + b.abs_gradient <= capacity.abs_gradient && a.hessian + b.hessian <= capacity.hessian &&
           a.count + b.count <= capacity.count;
}

}  // namespace

HistogramLayout::HistogramLayout(const BinMapper& mapper) {
    constexpr std::size_t kPad = 8;  // whole vectors
    offset_.push_back(0);
    for (std::size_t f = 0; f < mapper.n_features(); ++f) {
        n_value_bins_.push_back(mapper.n_value_bins(f));
        offset_.push_back(offset_.back() + (n_value_bins_.back() + 1 + kPad - 1) / kPad * kPad);
    }
}

void Histogram::clear(std::size_t begin, std::size_t end) {
    std::fill(gradient_.data() + begin, gradient_.data() + end, 0);
    std::fill(hessian_.data() + begin, hessian_.data() + end, 0);
    std::fill(count_.data() + begin, count_.data() + end, 0U);
}

void Histogram::add(const Histogram& other, std::size_t begin, std::size_t end) {
    simd::active().add_cells(gradient_.data() + begin, hessian_.data() + begin, count_.data() + begin,
                             other.gradient_.data() + begin, other.hessian_.data() + begin, other.count_.data() + begin,
                             end - begin);
}

void Histogram::subtract(const Histogram& other, std::size_t begin, std::size_t end) {
    simd::active().subtract_cells(gradient_.data() + begin, hessian_.data() + begin, count_.data() + begin,
                                  other.gradient_.data() + begin, other.hessian_.data() + begin,
                                  other.count_.data() + begin, end - begin);
}

HistogramBuilder::HistogramBuilder(const BinnedMatrix& X, const HistogramLayout& layout, const RowPartition& partition,
                                   parallel::ThreadLimit threads)
    : X_(X),
      layout_(layout),
      partition_(partition),
      threads_{parallel::n_workers(threads)},
      workers_(threads_.n_threads) {
    for (const Stripe& stripe : X.stripes()) {
        const std::size_t n_blocks = parallel::n_chunks_for(stripe.n_features, simd::kFeatureBlock);
        for (std::size_t b = 0; b < n_blocks; ++b) {
            const std::size_t first = stripe.first_feature + b * stripe.n_features / n_blocks;
            const std::size_t end = stripe.first_feature + (b + 1) * stripe.n_features / n_blocks;
            feature_blocks_.push_back({&stripe, first, end - first});
        }
    }
    share_features_ = feature_blocks_.size() >= kShareFeatures;
    const std::size_t n_packed = share_features_ ? simd::kFeatureBlock : X.n_features();
    for (Worker& worker : workers_) {
        worker.packed.resize(n_packed * simd::kPackedStride);
        worker.tile.resize(kTileRows);
    }
}

void HistogramBuilder::make_tiles(const NodeRows& node) {
    tiles_.clear();
    for (std::size_t b = 0; b < node.segments.size(); ++b) {
        const Segment& segment = node.segments[b];
        for (std::uint32_t at = 0; at < segment.size; at += kTileRows)
            tiles_.push_back({b, {segment.begin + at, std::min<std::uint32_t>(kTileRows, segment.size - at)}});
    }
}

void HistogramBuilder::accumulate(const QuantisedGradients& gradients, const NodeRows& node, Histogram& out) {
    make_tiles(node);
    const std::size_t updates = node.n_rows * X_.n_features();
    const std::size_t n_row_chunks = std::min(parallel::n_chunks_for(updates, kChunkUpdates), tiles_.size());
    const std::size_t n_chunks = share_features_ ? feature_blocks_.size() : n_row_chunks;
    merge_partials_ = !share_features_ && n_chunks > 1;
    out.clear(0, layout_.n_cells());
    for (Worker& worker : workers_) worker.dirty = false;

    parallel::for_chunks(n_chunks, parallel::limit_for(threads_, updates / 2), [&](std::size_t chunk, std::size_t w) {
        Worker& worker = workers_[w];
        if (share_features_)
            add_tiles(gradients, {0, tiles_.size()}, {chunk, chunk + 1}, worker, out);
        else
            add_tiles(gradients, {chunk * tiles_.size() / n_chunks, (chunk + 1) * tiles_.size() / n_chunks},
                      {0, feature_blocks_.size()}, worker, merge_partials_ ? partial_of(worker) : out);
    });
}

Histogram& HistogramBuilder::partial_of(Worker& worker) const {
    if (worker.partial == nullptr) worker.partial = std::make_unique<Histogram>(layout_.n_cells());
    if (!worker.dirty) worker.partial->clear(0, layout_.n_cells());
    worker.dirty = true;
    return *worker.partial;
}

void HistogramBuilder::finish(std::size_t feature, Histogram& out) const {
    if (!merge_partials_) return;
    const std::size_t begin = layout_.offset(feature);
    const std::size_t end = layout_.offset(feature + 1);
    for (const Worker& worker : workers_)
        if (worker.dirty) out.add(*worker.partial, begin, end);
}

void HistogramBuilder::add_tiles(const QuantisedGradients& gradients, Range tiles, Range blocks, Worker& worker,
                                 Histogram& out) {
    if (gradients.packed)
        add_packed(gradients, tiles, blocks, worker, out);
    else
        add_wide(gradients, tiles, blocks, out);
}

void HistogramBuilder::add_packed(const QuantisedGradients& gradients, Range tiles, Range blocks, Worker& worker,
                                  Histogram& out) {
    const simd::KernelTable& kernels = simd::active();
    simd::PackedTotals held{};
    for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
        parallel::poll();
        const RowBlock& block = X_.blocks()[tiles_[t].block];
        std::uint32_t at = 0;
        while (at < tiles_[t].rows.size) {
            // Usually the whole tile; a tile of large gradients or frequencies is halved until it fits one flush.
            std::uint32_t size = tiles_[t].rows.size - at;
            const std::uint16_t* rows = partition_.rows(tiles_[t].block, {tiles_[t].rows.begin + at, size});
            simd::PackedTotals totals{};
            for (;; size = (size + 1) / 2) {
                totals = kernels.gather_packed(gradients.packed_rows + block.first_row(), rows, size, gradients.format,
                                               worker.tile.data());
                if (fits(totals, {}, gradients.capacity)) break;
                assert(size > 1);  // GradientQuantiser packs only if every single row fits
            }
            if (!fits(held, totals, gradients.capacity)) {
                flush(gradients, blocks, worker, out);
                held = {};
            }
            held = {held.abs_gradient + totals.abs_gradient, held.hessian + totals.hessian, held.count + totals.count};
            std::int64_t* cells = worker.packed.data();
            for (std::size_t b = blocks.begin; b < blocks.end; ++b) {
                const FeatureBlock& features = feature_blocks_[b];
                const Stripe& stripe = *features.stripe;
                kernels.histogram_packed(block.stripe(stripe) + (features.first - stripe.first_feature),
                                         stripe.row_stride, rows, worker.tile.data(), size, features.n_features, cells);
                cells += features.n_features * simd::kPackedStride;
            }
            at += size;
        }
    }
    flush(gradients, blocks, worker, out);
}

void HistogramBuilder::flush(const QuantisedGradients& gradients, Range blocks, Worker& worker, Histogram& out) {
    const simd::KernelTable& kernels = simd::active();
    std::int64_t* cells = worker.packed.data();
    for (std::size_t b = blocks.begin; b < blocks.end; ++b) {
        const FeatureBlock& features = feature_blocks_[b];
        for (std::size_t f = features.first; f < features.first + features.n_features; ++f) {
            kernels.flush_packed(cells, layout_.n_value_bins(f), gradients.format, out.cells(layout_.offset(f)));
            cells += simd::kPackedStride;
        }
    }
}

void HistogramBuilder::add_wide(const QuantisedGradients& gradients, Range tiles, Range blocks, Histogram& out) {
    const simd::KernelTable& kernels = simd::active();
    for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
        parallel::poll();
        const RowBlock& block = X_.blocks()[tiles_[t].block];
        const std::size_t base = block.first_row();
        const std::uint16_t* rows = partition_.rows(tiles_[t].block, tiles_[t].rows);
        for (std::size_t b = blocks.begin; b < blocks.end; ++b) {
            const FeatureBlock& features = feature_blocks_[b];
            for (std::size_t f = features.first; f < features.first + features.n_features; ++f)
                kernels.histogram_wide(block.column(f), rows, gradients.wide_gradient + base,
                                       gradients.wide_hessian ? gradients.wide_hessian + base : nullptr,
                                       gradients.count ? gradients.count + base : nullptr, tiles_[t].rows.size,
                                       layout_.n_value_bins(f), out.cells(layout_.offset(f)));
        }
    }
}

}  // namespace hornbeam::boosting
