// Adds up the rows of a node.
//
//   rows of the node --batches of <= 2047 rows--> their packed gradients side by side --> packed cells, 8 B, in L1
//                                                                             --> the node's packed cells, or
//                                                    --flush, before a field overflows--> its wide cells
//
// Threads share the rows of a large node of a narrow table, each with cells of its own that are merged column by column.
// Otherwise they share the columns, which leaves nothing to merge, and a column is not added up before it is asked for, so that
// its cells are still in the cache of the thread that searches them for a split. Columns that a tree does not learn from are
// left out. Listed columns (feature_columns.hpp) are added up row by row, all of them.
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

    // Begins to add up the rows of a node of `count` rows, frequencies included, into a histogram from the pool: packed if
    // that holds them. Returns the sums of magnitudes if gradients are packed. Afterwards finish() makes the cells of a
    // group of columns complete; it is to be called once for each group, by workers of one region. The gradients are those
    // of the last accumulate().
    simd::PackedTotals accumulate(const QuantisedGradients& gradients, const NodeRows& node, std::int64_t count,
                                  Histogram& out);
    void finish(const QuantisedGradients& gradients, std::size_t group, std::size_t worker, Histogram& out);
    void finish_all(const QuantisedGradients& gradients, Histogram& out);

    // What its workers are counted by.
    [[nodiscard]] parallel::ThreadLimit threads() const { return threads_; }

    // The groups divide the columns in use, in order; a group's end is the place of the next one's first among them.
    [[nodiscard]] std::size_t n_groups() const { return groups_.size(); }
    [[nodiscard]] std::size_t end_of_group(std::size_t group) const { return groups_[group].columns.end; }
    // The work of all groups together, for the serial cut-off.
    [[nodiscard]] std::size_t nanoseconds_to_finish() const { return deferred_ ? n_updates() / 2 : 0; }

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
    // Columns by their places among those in use; blocks of finishing_blocks_.
    struct Group {
        Range columns;
        Range blocks;
    };

    using Blocks = std::span<const ColumnBlock>;

    [[nodiscard]] Blocks blocks_of(const Group& group) const {
        return Blocks(finishing_blocks_).subspan(group.blocks.begin, group.blocks.end - group.blocks.begin);
    }

    void make_groups();
    [[nodiscard]] std::size_t n_updates() const { return tiles_.n_rows() * columns_.size(); }
    void add_columns(const QuantisedGradients& gradients, Blocks blocks, std::size_t worker, Histogram& out);
    void add_rows(const QuantisedGradients& gradients, bool gathered, Histogram& out);
    void merge(std::size_t column, Histogram& out);
    void add_codes(const QuantisedGradients& gradients, WideHistogram& out) const;
    void add_wide(const QuantisedGradients& gradients, Range tiles, Blocks blocks, WideHistogram& out);
    void add_listed(const std::vector<RowBatch>& batches, std::int64_t* cells) const;
    void add_listed(const QuantisedGradients& gradients, const RowTile& tile, WideHistogram& out) const;
    // cells: of the first of the column blocks, which hold `held`. They go to `wide`, if there is one, before they overflow.
    void add_batches(const QuantisedGradients& gradients, const std::vector<RowBatch>& batches, Blocks blocks,
                     std::int64_t* cells, WideHistogram* wide, simd::PackedTotals& held) const;
    void add_batch(const RowBatch& batch, Blocks blocks, std::int64_t* cells) const;
    void flush(const QuantisedGradients& gradients, Blocks blocks, std::int64_t* cells, WideHistogram& out) const;
    [[nodiscard]] WideHistogram& partial_of(Worker& worker) const;

    const BinnedMatrix& X_;
    const HistogramLayout& layout_;
    const RowPartition& partition_;
    HistogramPool& pool_;
    parallel::ThreadLimit threads_;
    std::vector<std::size_t> columns_;
    std::vector<std::size_t> features_with_codes_;
    std::vector<ColumnBlock> column_blocks_;     // as wide as the cache allows, for shared rows
    std::vector<ColumnBlock> finishing_blocks_;  // of the groups
    std::vector<Group> groups_;
    std::optional<std::size_t> first_listed_;  // column
    bool share_columns_ = false;
    std::vector<Worker> workers_;
    RowTiles tiles_;         // of the node at hand
    bool deferred_ = false;  // the last accumulate() left the byte columns to finish()
    bool merge_ = false;     // ... or the sums of shared rows with the workers
};

}  // namespace hornbeam::boosting
