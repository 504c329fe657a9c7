// Draws the rows that the trees of an iteration learn from (docs/boosting.md §10): each for itself, by a number that depends on
// the seed, the iteration and the row alone. Uniform: Friedman 2002; by gradients: row_importance.hpp.
#pragma once

#include <cstdint>
#include <span>

#include "boosting/binned_matrix.hpp"
#include "boosting/row_importance.hpp"
#include "boosting/row_sample.hpp"
#include "boosting/row_weights.hpp"
#include "common/parallel.hpp"

namespace hornbeam::boosting {

struct SamplingOptions {
    double subsample = 1.0;  // expected share of the rows; 1: all of them
    bool by_gradient = false;
};

class RowSampler {
  public:
    // Keeps the reference. block_rows: of each block but the last.
    RowSampler(const SamplingOptions& options, const RowWeights& weights, std::size_t block_rows, std::uint64_t seed,
               parallel::ThreadLimit threads);

    // g, h: [n_outputs][n_rows]; no h: 1. The result is this object's until the next call.
    [[nodiscard]] const RowSample& draw(std::uint32_t iteration, std::span<const double> g, std::span<const double> h);

  private:
    // Sorts the rows of a block into drawn and others, and returns the count of those drawn.
    [[nodiscard]] std::uint64_t draw_block(std::uint32_t iteration, std::size_t block);

    SamplingOptions options_;
    const RowWeights& weights_;
    std::uint64_t seed_;
    parallel::ThreadLimit threads_;
    RowImportance importance_;
    RowSample sample_;
};

}  // namespace hornbeam::boosting
