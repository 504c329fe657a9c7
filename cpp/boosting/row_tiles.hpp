// The rows of a node in tiles that stay within a row block, and the packed gradients of a tile side by side, in batches whose
// sums fit packed cells.
#pragma once

#include <cstdint>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "boosting/row_partition.hpp"

namespace hornbeam::boosting {

struct RowTile {
    std::size_t block;
    Segment rows;
    std::size_t first;  // in the order of the node's rows
};

struct RowBatch {
    std::size_t block;
    const std::uint16_t* rows;
    std::size_t size;
    const std::int64_t* gradients;
    simd::PackedTotals totals;
};

class RowTiles {
  public:
    // Rows of a tile, at most: 16 KB of packed gradients.
    static constexpr std::size_t kRows = 2047;

    RowTiles(const BinnedMatrix& X, const RowPartition& partition, parallel::ThreadLimit threads)
        : X_(X), partition_(partition), threads_(threads) {}
    RowTiles(const RowTiles&) = delete;
    RowTiles& operator=(const RowTiles&) = delete;

    void start(const NodeRows& node);
    [[nodiscard]] std::size_t n_rows() const { return n_rows_; }
    [[nodiscard]] std::size_t size() const { return tiles_.size(); }
    [[nodiscard]] const RowTile& operator[](std::size_t t) const { return tiles_[t]; }

    // The batches of a tile, whose gradients go to `to`.
    void gather(const QuantisedGradients& gradients, const RowTile& tile, std::int64_t* to,
                std::vector<RowBatch>& batches) const;

    // Gathers all tiles; then batches() has them, and totals() their sums.
    void gather_all(const QuantisedGradients& gradients);
    [[nodiscard]] const std::vector<RowBatch>& batches(std::size_t t) const { return batches_[t]; }
    [[nodiscard]] simd::PackedTotals totals() const;

  private:
    const BinnedMatrix& X_;
    const RowPartition& partition_;
    parallel::ThreadLimit threads_;
    std::size_t n_rows_ = 0;
    std::vector<RowTile> tiles_;
    std::vector<std::int64_t> gathered_;
    std::vector<std::vector<RowBatch>> batches_;  // of each tile
};

}  // namespace hornbeam::boosting
