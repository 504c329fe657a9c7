// Adds up the rows of a node.
//
//   rows of the node --batches of <= 2047 rows--> their packed gradients side by side --> packed cells, 8 B, in L1
//                                                                             --> the node's packed cells, or
//                                                    --flush, before a field overflows--> its wide cells
//
// Threads share the rows of a narrow table, each with cells of its own that are merged column by column; of a wide table
// they share the columns, which leaves nothing to merge. Columns that a tree does not learn from are left out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/column_blocks.hpp"
#include "boosting/histogram.hpp"
#include "boosting/row_partition.hpp"

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
    struct Tile {
        std::size_t block;
        Segment rows;
        std::size_t first;  // in the order of the node's rows
    };
    // Rows of a tile with their packed gradients, which together fit packed cells.
    struct Batch {
        std::size_t block;
        const std::uint16_t* rows;
        std::size_t size;
        const std::int64_t* gradients;
        simd::PackedTotals totals;
    };
    struct Worker {
        PackedHistogram packed;               // zeros between calls
        std::vector<std::int64_t> gradients;  // of one tile
        std::vector<Batch> batches;
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

    void make_tiles(const NodeRows& node);
    // Appends the batches of a tile, whose gradients go to `to`.
    void gather(const QuantisedGradients& gradients, const Tile& tile, std::int64_t* to,
                std::vector<Batch>& batches) const;
    void gather_node(const QuantisedGradients& gradients);
    [[nodiscard]] simd::PackedTotals totals_of_node() const;

    void add_columns(const QuantisedGradients& gradients, Histogram& out);
    void add_rows(const QuantisedGradients& gradients, bool gathered, Histogram& out);
    void add_codes(const QuantisedGradients& gradients, WideHistogram& out) const;
    void add_wide(const QuantisedGradients& gradients, Range tiles, Range blocks, WideHistogram& out);
    // cells: of the first of the column blocks, which hold `held`. They go to `wide`, if there is one, before they overflow.
    void add_batches(const QuantisedGradients& gradients, const std::vector<Batch>& batches, Range blocks,
                     std::int64_t* cells, WideHistogram* wide, simd::PackedTotals& held) const;
    void add_batch(const Batch& batch, Range blocks, std::int64_t* cells) const;
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
    bool share_columns_ = false;
    std::vector<Worker> workers_;
    bool merge_ = false;  // the last accumulate() left its sums with the workers
    // Of the node at hand.
    std::size_t n_rows_ = 0;
    std::vector<Tile> tiles_;
    std::vector<std::int64_t> gathered_;
    std::vector<std::vector<Batch>> batches_;  // of each tile
};

}  // namespace hornbeam::boosting
