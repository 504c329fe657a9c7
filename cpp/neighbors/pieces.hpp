// How a search is shared: blocks of queries times segments of rows. Few queries share the rows among threads as well. Shares
// depend on the problem alone.
#pragma once

#include <algorithm>
#include <cstddef>

#include "common/parallel.hpp"

namespace hornbeam::neighbors {

struct Range {
    std::size_t begin;
    std::size_t end;

    [[nodiscard]] std::size_t size() const { return end - begin; }
};

class Pieces {
  public:
    // Rows come in units, of at least `least_units` to a segment.
    Pieces(std::size_t n_queries, std::size_t block_queries, std::size_t n_units, std::size_t least_units)
        : n_queries_(n_queries),
          block_queries_(block_queries),
          n_units_(n_units),
          n_blocks_(parallel::n_chunks_for(n_queries, block_queries)),
          n_segments_(
              std::min(parallel::n_chunks_for(kPieces, n_blocks_), parallel::n_chunks_for(n_units, least_units))) {}

    [[nodiscard]] std::size_t size() const { return n_blocks_ * n_segments_; }
    [[nodiscard]] std::size_t n_queries() const { return n_queries_; }
    [[nodiscard]] std::size_t n_segments() const { return n_segments_; }
    [[nodiscard]] std::size_t segment(std::size_t piece) const { return piece % n_segments_; }
    [[nodiscard]] Range queries(std::size_t piece) const {
        const std::size_t begin = piece / n_segments_ * block_queries_;
        return {begin, std::min(n_queries_, begin + block_queries_)};
    }
    [[nodiscard]] Range units(std::size_t piece) const {
        return {segment(piece) * n_units_ / n_segments_, (segment(piece) + 1) * n_units_ / n_segments_};
    }

  private:
    // Enough for many threads.
    static constexpr std::size_t kPieces = 64;

    std::size_t n_queries_;
    std::size_t block_queries_;
    std::size_t n_units_;
    std::size_t n_blocks_;
    std::size_t n_segments_;
};

}  // namespace hornbeam::neighbors
