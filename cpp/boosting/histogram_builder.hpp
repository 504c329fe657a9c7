// Adds up the rows of a node.
//
//   rows of the node --batches of <= 2047 rows--> their packed gradients side by side --> packed cells, 8 B, in L1
//                                                                             --> the node's packed cells, or
//                                                    --flush, before a field overflows--> its wide cells
//
// Threads share the rows of a narrow table, each with cells of its own that are merged column by column; of a wide table
// they share the columns, which leaves nothing to merge. Columns that a tree does not learn from are left out. Listed columns
// (feature_columns.hpp) are added up row by row, all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/column_blocks.hpp"
#include "boosting/histogram.hpp"
#include "boosting/row_partition.hpp"
#include "boosting/row_tiles.hpp"

namespace hornbeam::boosting {

class HistogramBuilder {
  public:
    HistogramBuilder(const BinnedMatrix& X, const HistogramLayout& layout, const RowPartition& partition,
                     HistogramPool& pool, parallel::ThreadLimit threads);
    HistogramBuilder(const HistogramBuilder&) = delete;
    HistogramBuilder& operator=(const HistogramBuilder&) = delete;

    // From now on only these columns, ascending, and the codes of these features; before the first call all are added up.
    void use(std::span<const std::size_t> columns, std::span<const std::size_t> features);

    // Adds up the rows of a node of `count` rows, frequencies included, into a histogram from the pool: packed if that
    // holds them. Returns the sums of magnitudes if gradients are packed. Afterwards finish(column) makes a column's cells
    // complete; it may be called from several threads for different columns.
    simd::PackedTotals accumulate(const QuantisedGradients& gradients, const NodeRows& node, std::int64_t count,
                                  Histogram& out);
    void finish(std::size_t column, Histogram& out);

  private:
    struct Worker {
        PackedHistogram packed;               // zeros between calls
        std::vector<std::int64_t> gradients;  // of one tile
        std::vector<RowBatch> batches;
        std::unique_ptr<WideHistogram> partial;  // none until needed
        simd::PackedTotals totals;
        bool dirty = false;
    };
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    [[nodiscard]] std::span<const ColumnBlock> blocks_in(Range blocks) const {
        return std::span(column_blocks_).subspan(blocks.begin, blocks.end - blocks.begin);
    }

    void add_columns(const QuantisedGradients& gradients, Histogram& out);
    void add_rows(const QuantisedGradients& gradients, bool gathered, Histogram& out);
    void add_codes(const QuantisedGradients& gradients, WideHistogram& out) const;
    void add_wide(const QuantisedGradients& gradients, Range tiles, Range blocks, WideHistogram& out);
    void add_listed(const std::vector<RowBatch>& batches, std::int64_t* cells) const;
    void add_listed(const QuantisedGradients& gradients, const RowTile& tile, WideHistogram& out) const;
    // cells: of the first of the column blocks, which hold `held`. They go to `wide`, if there is one, before they overflow.
    void add_batches(const QuantisedGradients& gradients, const std::vector<RowBatch>& batches, Range blocks,
                     std::int64_t* cells, WideHistogram* wide, simd::PackedTotals& held) const;
    void add_batch(const RowBatch& batch, Range blocks, std::int64_t* cells) const;
    void flush(const QuantisedGradients& gradients, Range blocks, std::int64_t* cells, WideHistogram& out) const;
    [[nodiscard]] WideHistogram& partial_of(Worker& worker) const;

    const BinnedMatrix& X_;
    const HistogramLayout& layout_;
    const RowPartition& partition_;
    HistogramPool& pool_;
    parallel::ThreadLimit threads_;
    std::vector<std::size_t> columns_;
    std::vector<std::size_t> features_with_codes_;
    std::vector<ColumnBlock> column_blocks_;
    std::optional<std::size_t> first_listed_;  // column
    bool share_columns_ = false;
    std::vector<Worker> workers_;
    RowTiles tiles_;      // of the node at hand
    bool merge_ = false;  // the last accumulate() left the sums of shared rows with the workers
};

}  // namespace hornbeam::boosting
