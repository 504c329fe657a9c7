#include "boosting/histogram_builder.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <numeric>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

// Rows gathered at a time: 16 KB of packed gradients.
constexpr std::size_t kGatheredRows = 2047;
// Cell updates per chunk of rows: about 100 us.
constexpr std::size_t kChunkUpdates = std::size_t{1} << 18;
// From this many column blocks on, threads share the columns instead of the rows.
constexpr std::size_t kShareColumns = 16;
// Column blocks that go over the rows together, since neighbours lie in one cache line; but every thread gets a few.
constexpr std::size_t kBlocksTogether = 6;
constexpr std::size_t kChunksPerThread = 4;

}  // namespace

HistogramBuilder::HistogramBuilder(const BinnedMatrix& X, const HistogramLayout& layout, const RowPartition& partition,
                                   HistogramPool& pool, parallel::ThreadLimit threads)
    : X_(X),
      layout_(layout),
      partition_(partition),
      pool_(pool),
      threads_{parallel::n_workers(threads)},
      workers_(threads_.n_threads) {
    std::vector<std::size_t> all(X.columns().n_columns());
    std::iota(all.begin(), all.end(), std::size_t{0});
    use(all, layout.features_with_codes());
}

void HistogramBuilder::use(std::span<const std::size_t> columns, std::span<const std::size_t> features) {
    columns_.assign(columns.begin(), columns.end());
    column_blocks_ = make_column_blocks(X_.stripes(), columns_);
    features_with_codes_.clear();
    std::ranges::set_intersection(features, layout_.features_with_codes(), std::back_inserter(features_with_codes_));
    share_columns_ = column_blocks_.size() >= kShareColumns;
    const std::size_t n_columns = share_columns_ ? kBlocksTogether * simd::kColumnBlock : columns_.size();
    const std::size_t n_cells = n_columns * simd::kPackedStride;
    for (Worker& worker : workers_) {
        if (worker.packed.size() < n_cells) worker.packed = PackedHistogram(n_cells);
        if (!share_columns_) worker.gradients.resize(kGatheredRows);
    }
}

simd::PackedTotals HistogramBuilder::accumulate(const QuantisedGradients& gradients, const NodeRows& node,
                                                std::int64_t count, Histogram& out) {
    make_tiles(node);
    n_rows_ = node.n_rows;
    const bool may_be_packed = gradients.packed && count <= gradients.capacity.count;
    const bool gathered = gradients.packed && (share_columns_ || may_be_packed);
    simd::PackedTotals totals{};
    if (gathered) {
        gather_node(gradients);
        totals = totals_of_node();
    }
    if (may_be_packed && fits(totals, gradients)) {
        out.packed = pool_.packed();
    } else {
        out.wide = pool_.wide();
        out.wide->clear();
    }
    merge_ = false;
    if (share_columns_)
        add_columns(gradients, out);
    else
        add_rows(gradients, gathered, out);
    if (!features_with_codes_.empty()) {
        out.codes = pool_.codes();
        add_codes(gradients, *out.codes);
    }
    if (gradients.packed && !gathered)
        for (const Worker& worker : workers_) totals = sum_of(totals, worker.totals);
    return totals;
}

void HistogramBuilder::make_tiles(const NodeRows& node) {
    tiles_.clear();
    std::size_t first = 0;
    for (std::size_t b = 0; b < node.segments.size(); ++b) {
        const Segment& segment = node.segments[b];
        for (std::uint32_t at = 0; at < segment.size; at += kGatheredRows) {
            const auto size = std::min<std::uint32_t>(kGatheredRows, segment.size - at);
            tiles_.push_back({b, {segment.begin + at, size}, first});
            first += size;
        }
    }
}

void HistogramBuilder::gather(const QuantisedGradients& gradients, const Tile& tile, std::int64_t* to,
                              std::vector<Batch>& batches) const {
    const simd::KernelTable& kernels = simd::active();
    const std::int64_t* packed = gradients.packed_rows + X_.blocks()[tile.block].first_row();
    const std::uint16_t* rows = partition_.rows(tile.block, tile.rows);
    batches.clear();
    for (std::size_t at = 0; at < tile.rows.size;) {
        // Usually the whole tile; one of large gradients or frequencies is halved until it fits.
        std::size_t size = tile.rows.size - at;
        simd::PackedTotals totals{};
        for (;; size = (size + 1) / 2) {
            totals = kernels.gather_packed(packed, rows + at, size, gradients.format, to + at);
            if (fits(totals, gradients)) break;
            assert(size > 1);  // GradientQuantiser packs only if every single row fits
        }
        batches.push_back({tile.block, rows + at, size, to + at, totals});
        at += size;
    }
}

void HistogramBuilder::gather_node(const QuantisedGradients& gradients) {
    if (gathered_.size() < n_rows_) gathered_.resize(n_rows_);
    if (batches_.size() < tiles_.size()) batches_.resize(tiles_.size());
    parallel::for_chunks(tiles_.size(), parallel::limit_for(threads_, 2 * n_rows_), [&](std::size_t t, std::size_t) {
        gather(gradients, tiles_[t], gathered_.data() + tiles_[t].first, batches_[t]);
    });
}

simd::PackedTotals HistogramBuilder::totals_of_node() const {
    simd::PackedTotals totals{};
    for (std::size_t t = 0; t < tiles_.size(); ++t)
        for (const Batch& batch : batches_[t]) totals = sum_of(totals, batch.totals);
    return totals;
}

void HistogramBuilder::add_columns(const QuantisedGradients& gradients, Histogram& out) {
    const std::size_t n_blocks = column_blocks_.size();
    const std::size_t together =
        std::clamp<std::size_t>(n_blocks / (kChunksPerThread * threads_.n_threads), 1, kBlocksTogether);
    parallel::for_chunks(parallel::n_chunks_for(n_blocks, together),
                         parallel::limit_for(threads_, n_rows_ * columns_.size() / 2),
                         [&](std::size_t chunk, std::size_t w) {
                             const Range blocks{chunk * together, std::min(n_blocks, (chunk + 1) * together)};
                             if (!gradients.packed) return add_wide(gradients, {0, tiles_.size()}, blocks, *out.wide);
                             std::int64_t* cells = workers_[w].packed.data();
                             if (out.packed) {
                                 const ColumnBlock& last = column_blocks_[blocks.end - 1];
                                 const std::size_t begin = layout_.packed(column_blocks_[blocks.begin].first);
                                 const std::size_t end = layout_.packed(last.first) + last.n_cells();
                                 cells = out.packed->data() + begin;
                                 std::fill_n(cells, end - begin, 0);
                             }
                             simd::PackedTotals held{};
                             for (std::size_t t = 0; t < tiles_.size(); ++t) {
                                 parallel::poll();
                                 add_batches(gradients, batches_[t], blocks, cells, out.wide.get(), held);
                             }
                             if (out.wide) flush(gradients, blocks, cells, *out.wide);
                         });
}

void HistogramBuilder::add_rows(const QuantisedGradients& gradients, bool gathered, Histogram& out) {
    const std::size_t updates = n_rows_ * columns_.size();
    const std::size_t n_chunks = std::min(parallel::n_chunks_for(updates, kChunkUpdates), tiles_.size());
    const Range blocks{0, column_blocks_.size()};
    merge_ = n_chunks > 1;
    for (Worker& worker : workers_) {
        worker.dirty = false;
        worker.totals = {};
    }
    if (out.packed && !merge_) std::ranges::fill(out.packed->span(), 0);
    parallel::for_chunks(n_chunks, parallel::limit_for(threads_, updates / 2), [&](std::size_t chunk, std::size_t w) {
        Worker& worker = workers_[w];
        const Range tiles{chunk * tiles_.size() / n_chunks, (chunk + 1) * tiles_.size() / n_chunks};
        WideHistogram* wide = out.wide && merge_ ? &partial_of(worker) : out.wide.get();
        worker.dirty = true;
        if (!gradients.packed) return add_wide(gradients, tiles, blocks, *wide);
        std::int64_t* cells = out.packed && !merge_ ? out.packed->data() : worker.packed.data();
        simd::PackedTotals held{};
        for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
            parallel::poll();
            if (!gathered) gather(gradients, tiles_[t], worker.gradients.data(), worker.batches);
            const std::vector<Batch>& batches = gathered ? batches_[t] : worker.batches;
            for (const Batch& batch : batches) worker.totals = sum_of(worker.totals, batch.totals);
            add_batches(gradients, batches, blocks, cells, wide, held);
        }
        if (wide) flush(gradients, blocks, cells, *wide);
    });
}

void HistogramBuilder::add_batches(const QuantisedGradients& gradients, const std::vector<Batch>& batches, Range blocks,
                                   std::int64_t* cells, WideHistogram* wide, simd::PackedTotals& held) const {
    for (const Batch& batch : batches) {
        if (wide && !fits(sum_of(held, batch.totals), gradients)) {
            flush(gradients, blocks, cells, *wide);
            held = {};
        }
        held = sum_of(held, batch.totals);
        add_batch(batch, blocks, cells);
    }
}

void HistogramBuilder::add_batch(const Batch& batch, Range blocks, std::int64_t* cells) const {
    const simd::KernelTable& kernels = simd::active();
    const RowBlock& block = X_.blocks()[batch.block];
    for (const ColumnBlock& columns : blocks_in(blocks)) {
        const Stripe& stripe = *columns.stripe;
        const std::uint8_t* bins = block.stripe(stripe) + (columns.first - stripe.first_column);
        if (columns.has_gaps())
            kernels.histogram_packed_some(bins, stripe.row_stride, batch.rows, batch.gradients, batch.size,
                                          columns.offset.data(), columns.n_columns, cells);
        else
            kernels.histogram_packed(bins, stripe.row_stride, batch.rows, batch.gradients, batch.size,
                                     columns.n_columns, cells);
        cells += columns.n_cells();
    }
}

void HistogramBuilder::flush(const QuantisedGradients& gradients, Range blocks, std::int64_t* cells,
                             WideHistogram& out) const {
    const simd::KernelTable& kernels = simd::active();
    for (const ColumnBlock& columns : blocks_in(blocks)) {
        for (std::size_t i = 0; i < columns.n_columns; ++i) {
            const std::size_t c = columns.column(i);
            kernels.flush_packed(cells, layout_.n_bytes(c), gradients.format, out.cells(layout_.wide(c)));
            cells += simd::kPackedStride;
        }
    }
}

WideHistogram& HistogramBuilder::partial_of(Worker& worker) const {
    if (worker.partial == nullptr) worker.partial = std::make_unique<WideHistogram>(layout_.n_wide_cells());
    if (!worker.dirty) worker.partial->clear();
    return *worker.partial;
}

void HistogramBuilder::finish(std::size_t column, Histogram& out) {
    if (!merge_) return;
    if (out.wide) {
        for (const Worker& worker : workers_)
            if (worker.dirty) out.wide->add(*worker.partial, layout_.wide(column), layout_.wide(column + 1));
        return;
    }
    std::int64_t* cells = out.packed->data() + layout_.packed(column);
    std::fill_n(cells, simd::kPackedStride, 0);
    for (Worker& worker : workers_)
        if (worker.dirty) simd::active().move_packed(cells, worker.packed.data() + layout_.packed(column));
}

// A thread per feature: cells by the thousand are not worth merging.
void HistogramBuilder::add_codes(const QuantisedGradients& gradients, WideHistogram& out) const {
    const simd::KernelTable& kernels = simd::active();
    const std::vector<std::size_t>& features = features_with_codes_;
    parallel::for_chunks(
        features.size(), parallel::limit_for(threads_, 2 * n_rows_ * features.size()), [&](std::size_t j, std::size_t) {
            const auto [begin, end] = layout_.codes(features[j]);
            out.clear(begin, end);
            for (const Tile& tile : tiles_) {
                parallel::poll();
                const std::size_t base = X_.blocks()[tile.block].first_row();
                const auto at = [&](const auto* rows) { return rows ? rows + base : nullptr; };
                kernels.histogram_codes(X_.codes(features[j]) + base, partition_.rows(tile.block, tile.rows),
                                        tile.rows.size,
                                        {at(gradients.packed_rows), gradients.format, at(gradients.wide_gradient),
                                         at(gradients.wide_hessian), at(gradients.count)},
                                        out.cells(begin));
            }
        });
}

void HistogramBuilder::add_wide(const QuantisedGradients& gradients, Range tiles, Range blocks, WideHistogram& out) {
    const simd::KernelTable& kernels = simd::active();
    for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
        parallel::poll();
        const RowBlock& block = X_.blocks()[tiles_[t].block];
        const std::size_t base = block.first_row();
        const std::uint16_t* rows = partition_.rows(tiles_[t].block, tiles_[t].rows);
        for (const ColumnBlock& columns : blocks_in(blocks)) {
            for (std::size_t i = 0; i < columns.n_columns; ++i) {
                const std::size_t c = columns.column(i);
                kernels.histogram_wide(block.column(c), rows, gradients.wide_gradient + base,
                                       gradients.wide_hessian ? gradients.wide_hessian + base : nullptr,
                                       gradients.count ? gradients.count + base : nullptr, tiles_[t].rows.size,
                                       layout_.n_bytes(c), out.cells(layout_.wide(c)));
            }
        }
    }
}

}  // namespace hornbeam::boosting
