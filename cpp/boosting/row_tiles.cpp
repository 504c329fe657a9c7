#include "boosting/row_tiles.hpp"

#include <algorithm>
#include <cassert>

#include "boosting/histogram.hpp"
#include "simd/cpu.hpp"

namespace hornbeam::boosting {

void RowTiles::start(const NodeRows& node) {
    n_rows_ = node.n_rows;
    tiles_.clear();
    std::size_t first = 0;
    for (std::size_t b = 0; b < node.segments.size(); ++b) {
        const Segment& segment = node.segments[b];
        for (std::uint32_t at = 0; at < segment.size; at += kRows) {
            const auto size = std::min<std::uint32_t>(kRows, segment.size - at);
            tiles_.push_back({b, {segment.begin + at, size}, first});
            first += size;
        }
    }
}

void RowTiles::gather(const QuantisedGradients& gradients, const RowTile& tile, std::int64_t* to,
                      std::vector<RowBatch>& batches) const {
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

void RowTiles::gather_all(const QuantisedGradients& gradients) {
    if (gathered_.size() < n_rows_) gathered_.resize(n_rows_);
    if (batches_.size() < tiles_.size()) batches_.resize(tiles_.size());
    parallel::for_chunks(tiles_.size(), parallel::limit_for(threads_, 2 * n_rows_), [&](std::size_t t, std::size_t) {
        gather(gradients, tiles_[t], gathered_.data() + tiles_[t].first, batches_[t]);
    });
}

simd::PackedTotals RowTiles::totals() const {
    simd::PackedTotals totals{};
    for (std::size_t t = 0; t < tiles_.size(); ++t)
        for (const RowBatch& batch : batches_[t]) totals = sum_of(totals, batch.totals);
    return totals;
}

}  // namespace hornbeam::boosting
