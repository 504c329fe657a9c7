// Histograms of a node: per feature and bin, the integer sums of gradient, hessian and count over the node's rows.
//
//   rows of the node --tiles of <= 2047 rows--> packed cells (8 B, L1) --flush--> wide cells of a worker --merge--> node
//
// Integer sums: right = parent - left is exact, and it does not matter which worker added which rows in what order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "boosting/binned_matrix.hpp"
#include "boosting/gradient_quantiser.hpp"
#include "boosting/row_partition.hpp"
#include "simd/kernel_table.hpp"

namespace hornbeam::boosting {

// Where a feature's cells stand: n_value_bins, then the missing bin.
class HistogramLayout {
  public:
    explicit HistogramLayout(const BinMapper& mapper);

    [[nodiscard]] std::size_t n_features() const { return n_value_bins_.size(); }
    [[nodiscard]] std::size_t n_cells() const { return offset_.back(); }
    [[nodiscard]] std::size_t offset(std::size_t feature) const { return offset_[feature]; }
    [[nodiscard]] std::size_t n_value_bins(std::size_t feature) const { return n_value_bins_[feature]; }

  private:
    std::vector<std::size_t> offset_;
    std::vector<std::size_t> n_value_bins_;
};

class Histogram {
  public:
    explicit Histogram(std::size_t n_cells) : gradient_(n_cells), hessian_(n_cells), count_(n_cells) {}

    [[nodiscard]] simd::WideCells cells(std::size_t offset) {
        return {gradient_.data() + offset, hessian_.data() + offset, count_.data() + offset};
    }

    [[nodiscard]] simd::ConstWideCells cells(std::size_t offset) const {
        return {gradient_.data() + offset, hessian_.data() + offset, count_.data() + offset};
    }

    void clear(std::size_t begin, std::size_t end);
    void add(const Histogram& other, std::size_t begin, std::size_t end);
    void subtract(const Histogram& other, std::size_t begin, std::size_t end);

  private:
    AlignedBuffer<std::int64_t> gradient_;
    AlignedBuffer<std::int64_t> hessian_;
    AlignedBuffer<std::uint32_t> count_;
};

class HistogramBuilder {
  public:
    HistogramBuilder(const BinnedMatrix& X, const HistogramLayout& layout, const RowPartition& partition,
                     parallel::ThreadLimit threads);
    HistogramBuilder(const HistogramBuilder&) = delete;
    HistogramBuilder& operator=(const HistogramBuilder&) = delete;

    // Adds up the rows of a node. Afterwards finish(feature) makes a feature's cells of `out` complete; it may be called
    // from several threads for different features.
    void accumulate(const QuantisedGradients& gradients, const NodeRows& node, Histogram& out);
    void finish(std::size_t feature, Histogram& out) const;

  private:
    // Up to kFeatureBlock neighbouring features of one stripe: the unit that is accumulated at a time.
    struct FeatureBlock {
        const Stripe* stripe;
        std::size_t first;
        std::size_t n_features;
    };
    struct Tile {
        std::size_t block;
        Segment rows;
    };
    struct Worker {
        std::vector<std::int64_t> packed;    // [features of its chunk][kPackedStride]
        std::vector<std::int64_t> tile;      // packed gradients of the tile's rows
        std::unique_ptr<Histogram> partial;  // none until needed
        bool dirty = false;
    };
    struct Range {
        std::size_t begin;
        std::size_t end;
    };

    void make_tiles(const NodeRows& node);
    [[nodiscard]] Histogram& partial_of(Worker& worker) const;
    void add_tiles(const QuantisedGradients& gradients, Range tiles, Range blocks, Worker& worker, Histogram& out);
    void add_packed(const QuantisedGradients& gradients, Range tiles, Range blocks, Worker& worker, Histogram& out);
    void add_wide(const QuantisedGradients& gradients, Range tiles, Range blocks, Histogram& out);
    void flush(const QuantisedGradients& gradients, Range blocks, Worker& worker, Histogram& out);

    const BinnedMatrix& X_;
    const HistogramLayout& layout_;
    const RowPartition& partition_;
    parallel::ThreadLimit threads_;
    std::vector<FeatureBlock> feature_blocks_;
    bool share_features_ = false;  // threads share the features rather than the rows
    std::vector<Worker> workers_;
    std::vector<Tile> tiles_;
    bool merge_partials_ = false;  // the last accumulate() left its sums with the workers
};

}  // namespace hornbeam::boosting
