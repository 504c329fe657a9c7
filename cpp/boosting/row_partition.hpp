// Which training rows lie in which node: per row block, the rows of a node are a consecutive, ascending run of uint16.
//
// Splitting a node partitions each block's run by itself, stably, so blocks need no coordination and a node's rows stay
// in row order. Rows that a tree does not learn from stand behind those that it does.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/row_sample.hpp"

namespace hornbeam::boosting {

struct Segment {
    std::uint32_t begin;  // within the block's run of rows
    std::uint32_t size;
};

// One segment per block.
struct NodeRows {
    std::vector<Segment> segments;
    std::size_t n_rows = 0;
};

struct SplitRule {
    std::size_t feature;
    std::uint8_t bin;  // of numbers
    bool missing_left;
    std::span<const std::uint32_t> left_categories;  // a set (category.hpp); empty: numbers
    std::size_t n_categories;

    // A row goes right if uint8(bin + shift()) > limit(): one comparison for values and the missing bin.
    [[nodiscard]] std::uint8_t shift() const { return missing_left ? 1 : 0; }
    [[nodiscard]] std::uint8_t limit() const { return static_cast<std::uint8_t>(bin + shift()); }
    [[nodiscard]] bool goes_right(std::uint8_t row_bin) const {
        return static_cast<std::uint8_t>(row_bin + shift()) > limit();
    }
};

class RowPartition {
  public:
    RowPartition(const BinnedMatrix& X, parallel::ThreadLimit threads);
    RowPartition(const RowPartition&) = delete;
    RowPartition& operator=(const RowPartition&) = delete;

    // All rows, in order; of a sample those drawn.
    [[nodiscard]] NodeRows reset(const RowSample* sample);
    // Those not drawn.
    [[nodiscard]] static NodeRows others(const RowSample& sample);

    void split(const NodeRows& node, const SplitRule& rule, NodeRows& left, NodeRows& right);

    [[nodiscard]] const std::uint16_t* rows(std::size_t block, const Segment& segment) const {
        return rows_.data() + X_.blocks()[block].first_row() + segment.begin;
    }

  private:
    // By byte or by code whether a row goes right; empty if its byte is its bin.
    [[nodiscard]] std::vector<std::uint8_t> table_of(const SplitRule& rule) const;
    [[nodiscard]] std::size_t split_block(const SplitRule& rule, std::span<const std::uint8_t> goes_right,
                                          const RowBlock& block, const Segment& segment, std::size_t worker);

    const BinnedMatrix& X_;
    parallel::ThreadLimit threads_;
    AlignedBuffer<std::uint16_t> rows_;
    AlignedBuffer<std::uint16_t> scratch_;
    std::vector<AlignedBuffer<std::uint8_t>> listed_columns_;  // of each worker, for a block; zeros between uses
};

}  // namespace hornbeam::boosting
