#include "boosting/histogram_builder.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "simd/cpu.hpp"

namespace hornbeam::boosting {

namespace {

// Cell updates per chunk of rows: about 100 us. Of a node with fewer, threads share the columns.
constexpr std::size_t kChunkUpdates = std::size_t{1} << 18;
// From this many column blocks on, threads always do.
constexpr std::size_t kShareColumns = 16;
// Columns of a group of a narrow table, at most.
constexpr std::size_t kGroupColumns = 7;
// Column blocks that go over the rows together, since neighbours lie in one cache line; but every thread gets a few.
constexpr std::size_t kBlocksTogether = 6;
constexpr std::size_t kChunksPerThread = 4;

// An even number of groups, of about the same size, keeps two threads busy.
std::size_t columns_per_group(std::size_t n_columns) {
    const std::size_t n_groups = 2 * parallel::n_chunks_for(n_columns, 2 * kGroupColumns);
    return parallel::n_chunks_for(n_columns, n_groups);
}

simd::RowGradients gradients_of(const QuantisedGradients& gradients, const RowBlock& block) {
    const auto at = [&](const auto* rows) { return rows ? rows + block.first_row() : nullptr; };
    return {at(gradients.packed_rows), gradients.format, at(gradients.wide_gradient), at(gradients.wide_hessian),
            at(gradients.count)};
}

}  // namespace

HistogramBuilder::HistogramBuilder(const BinnedMatrix& X, const HistogramLayout& layout, const RowPartition& partition,
                                   HistogramPool& pool, parallel::ThreadLimit threads)
    : X_(X),
      layout_(layout),
      partition_(partition),
      pool_(pool),
      threads_{parallel::n_workers(threads)},
      workers_(threads_.n_threads),
      tiles_(X, partition, threads_) {
    std::vector<std::size_t> all(X.columns().n_columns());
    std::iota(all.begin(), all.end(), std::size_t{0});
    use(all, layout.features_with_codes());
}

void HistogramBuilder::use(std::span<const std::size_t> columns, std::span<const std::size_t> features) {
    columns_.assign(columns.begin(), columns.end());
    column_blocks_ = make_column_blocks(X_.stripes(), columns_, simd::kColumnBlock);
    features_with_codes_.clear();
    std::ranges::set_intersection(features, layout_.features_with_codes(), std::back_inserter(features_with_codes_));
    first_listed_.reset();
    if (!columns_.empty() && X_.columns().is_listed(columns_.back())) first_listed_ = X_.columns().n_byte_columns();
    share_columns_ = column_blocks_.size() >= kShareColumns;
    make_groups();
    const bool share_rows = !share_columns_ || first_listed_;
    const std::size_t n_columns = share_rows ? columns_.size() : kBlocksTogether * simd::kColumnBlock;
    const std::size_t n_cells = n_columns * simd::kPackedStride;
    for (Worker& worker : workers_) {
        if (worker.packed.size() < n_cells) worker.packed = PackedHistogram(n_cells);
        if (!share_columns_) worker.gradients.resize(RowTiles::kRows);
    }
}

void HistogramBuilder::make_groups() {
    finishing_blocks_ = column_blocks_;
    std::size_t together = 1;
    if (share_columns_)
        together = std::clamp<std::size_t>(column_blocks_.size() / (kChunksPerThread * threads_.n_threads), 1,
                                           kBlocksTogether);
    else if (!columns_.empty())
        finishing_blocks_ = make_column_blocks(X_.stripes(), columns_, columns_per_group(columns_.size()));
    groups_.clear();
    std::size_t place = 0;
    for (std::size_t begin = 0; begin < finishing_blocks_.size(); begin += together) {
        Group group{{place, place}, {begin, std::min(finishing_blocks_.size(), begin + together)}};
        for (const ColumnBlock& block : blocks_of(group)) group.columns.end += block.n_columns;
        place = group.columns.end;
        groups_.push_back(group);
    }
    for (; place < columns_.size(); place = groups_.back().columns.end)  // listed ones
        groups_.push_back({{place, std::min(columns_.size(), place + simd::kColumnBlock)}, {0, 0}});
}

simd::PackedTotals HistogramBuilder::accumulate(const QuantisedGradients& gradients, const NodeRows& node,
                                                std::int64_t count, Histogram& out) {
    tiles_.start(node);
    deferred_ = share_columns_ || (n_updates() <= kChunkUpdates && !first_listed_);
    merge_ = false;
    const bool may_be_packed = gradients.packed && count <= gradients.capacity.count;
    const bool gathered = gradients.packed && (deferred_ || may_be_packed);
    simd::PackedTotals totals{};
    if (gathered) {
        tiles_.gather_all(gradients);
        totals = tiles_.totals();
    }
    if (may_be_packed && fits(totals, gradients)) {
        out.packed = pool_.packed();
    } else {
        out.wide = pool_.wide();
        out.wide->clear();
    }
    if (!deferred_ || first_listed_) add_rows(gradients, gathered, out);
    if (!features_with_codes_.empty()) {
        out.codes = pool_.codes();
        add_codes(gradients, *out.codes);
    }
    if (gradients.packed && !gathered)
        for (const Worker& worker : workers_) totals = sum_of(totals, worker.totals);
    return totals;
}

void HistogramBuilder::finish(const QuantisedGradients& gradients, std::size_t group, std::size_t worker,
                              Histogram& out) {
    const Group& finished = groups_[group];
    const Blocks blocks = blocks_of(finished);
    if (deferred_ && !blocks.empty()) return add_columns(gradients, blocks, worker, out);
    for (std::size_t place = finished.columns.begin; merge_ && place < finished.columns.end; ++place)
        merge(columns_[place], out);
}

void HistogramBuilder::finish_all(const QuantisedGradients& gradients, Histogram& out) {
    parallel::for_chunks(n_groups(), parallel::limit_for(threads_, nanoseconds_to_finish()),
                         [&](std::size_t group, std::size_t worker) { finish(gradients, group, worker, out); });
}

void HistogramBuilder::add_columns(const QuantisedGradients& gradients, Blocks blocks, std::size_t worker,
                                   Histogram& out) {
    if (!gradients.packed) return add_wide(gradients, {0, tiles_.size()}, blocks, *out.wide);
    std::int64_t* cells = workers_[worker].packed.data();
    if (out.packed) {
        const std::size_t begin = layout_.packed(blocks.front().first);
        const std::size_t end = layout_.packed(blocks.back().first) + blocks.back().n_cells();
        cells = out.packed->data() + begin;
        std::fill_n(cells, end - begin, 0);
    }
    simd::PackedTotals held{};
    for (std::size_t t = 0; t < tiles_.size(); ++t) {
        parallel::poll();
        add_batches(gradients, tiles_.batches(t), blocks, cells, out.wide.get(), held);
    }
    if (out.wide) flush(gradients, blocks, cells, *out.wide);
}

void HistogramBuilder::add_rows(const QuantisedGradients& gradients, bool gathered, Histogram& out) {
    const Blocks blocks = deferred_ ? Blocks{} : Blocks{column_blocks_};
    const std::size_t listed_updates = first_listed_ ? tiles_.n_rows() * X_.listed().size() / X_.n_rows() : 0;
    const std::size_t updates = (deferred_ ? 0 : n_updates()) + listed_updates;
    const std::size_t n_chunks = std::min(parallel::n_chunks_for(updates, kChunkUpdates), tiles_.size());
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
        if (wide && first_listed_)
            for (std::size_t t = tiles.begin; t < tiles.end; ++t) add_listed(gradients, tiles_[t], *wide);
        if (!gradients.packed) return add_wide(gradients, tiles, blocks, *wide);
        std::int64_t* cells = out.packed && !merge_ ? out.packed->data() : worker.packed.data();
        simd::PackedTotals held{};
        for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
            parallel::poll();
            if (!gathered) tiles_.gather(gradients, tiles_[t], worker.gradients.data(), worker.batches);
            const std::vector<RowBatch>& batches = gathered ? tiles_.batches(t) : worker.batches;
            for (const RowBatch& batch : batches) worker.totals = sum_of(worker.totals, batch.totals);
            add_batches(gradients, batches, blocks, cells, wide, held);
            if (!wide && first_listed_) add_listed(batches, cells + layout_.packed(*first_listed_));
        }
        if (wide) flush(gradients, blocks, cells, *wide);
    });
}

void HistogramBuilder::add_batches(const QuantisedGradients& gradients, const std::vector<RowBatch>& batches,
                                   Blocks blocks, std::int64_t* cells, WideHistogram* wide,
                                   simd::PackedTotals& held) const {
    for (const RowBatch& batch : batches) {
        if (wide && !fits(sum_of(held, batch.totals), gradients)) {
            flush(gradients, blocks, cells, *wide);
            held = {};
        }
        held = sum_of(held, batch.totals);
        add_batch(batch, blocks, cells);
    }
}

void HistogramBuilder::add_batch(const RowBatch& batch, Blocks blocks, std::int64_t* cells) const {
    const simd::KernelTable& kernels = simd::active();
    const RowBlock& block = X_.blocks()[batch.block];
    for (const ColumnBlock& columns : blocks) {
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

void HistogramBuilder::flush(const QuantisedGradients& gradients, Blocks blocks, std::int64_t* cells,
                             WideHistogram& out) const {
    const simd::KernelTable& kernels = simd::active();
    for (const ColumnBlock& columns : blocks) {
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

void HistogramBuilder::merge(std::size_t column, Histogram& out) {
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
    parallel::for_chunks(features.size(), parallel::limit_for(threads_, 2 * tiles_.n_rows() * features.size()),
                         [&](std::size_t j, std::size_t) {
                             const auto [begin, end] = layout_.codes(features[j]);
                             out.clear(begin, end);
                             for (std::size_t t = 0; t < tiles_.size(); ++t) {
                                 const RowTile& tile = tiles_[t];
                                 parallel::poll();
                                 const RowBlock& block = X_.blocks()[tile.block];
                                 kernels.histogram_codes(X_.codes(features[j]) + block.first_row(),
                                                         partition_.rows(tile.block, tile.rows), tile.rows.size,
                                                         gradients_of(gradients, block), out.cells(begin));
                             }
                         });
}

void HistogramBuilder::add_listed(const std::vector<RowBatch>& batches, std::int64_t* cells) const {
    for (const RowBatch& batch : batches)
        simd::active().histogram_listed_packed(X_.listed().row_begin() + X_.blocks()[batch.block].first_row(),
                                               X_.listed().cells(), batch.rows, batch.gradients, batch.size, cells);
}

void HistogramBuilder::add_listed(const QuantisedGradients& gradients, const RowTile& tile, WideHistogram& out) const {
    parallel::poll();
    const RowBlock& block = X_.blocks()[tile.block];
    simd::active().histogram_listed_wide(X_.listed().row_begin() + block.first_row(), X_.listed().cells(),
                                         partition_.rows(tile.block, tile.rows), tile.rows.size,
                                         gradients_of(gradients, block), out.cells(layout_.wide(*first_listed_)));
}

void HistogramBuilder::add_wide(const QuantisedGradients& gradients, Range tiles, Blocks blocks, WideHistogram& out) {
    const simd::KernelTable& kernels = simd::active();
    for (std::size_t t = tiles.begin; t < tiles.end; ++t) {
        parallel::poll();
        const RowBlock& block = X_.blocks()[tiles_[t].block];
        const std::size_t base = block.first_row();
        const std::uint16_t* rows = partition_.rows(tiles_[t].block, tiles_[t].rows);
        for (const ColumnBlock& columns : blocks) {
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
