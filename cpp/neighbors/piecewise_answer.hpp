// The answer of a search that is shared (neighbors/pieces.hpp): where segments share the rows, the nearest of all that was
// found in them.
#pragma once

#include <span>
#include <vector>

#include "neighbors/pieces.hpp"
#include "neighbors/search.hpp"
#include "neighbors/top_k.hpp"

namespace hornbeam::neighbors {

class PiecewiseAnswer {
  public:
    // Keeps the references.
    PiecewiseAnswer(const Pieces& pieces, std::size_t k, const Metric& metric, const NearestAnswer& answer)
        : pieces_(pieces),
          k_(k),
          metric_(metric),
          answer_(answer),
          of_segment_(is_merged() ? pieces.n_queries() * pieces.n_segments() : 0) {}

    // The nearest that a piece has found of a query. Threads may call it at once.
    void add(std::size_t piece, std::size_t query, std::span<const Neighbor> nearest) {
        if (is_merged())
            of_segment_[query * pieces_.n_segments() + pieces_.segment(piece)].assign(nearest.begin(), nearest.end());
        else
            answer_.write(metric_, query, nearest);
    }

    // After all pieces.
    void finish() {
        for (std::size_t q = 0; q * pieces_.n_segments() < of_segment_.size(); ++q) {
            TopK top(k_);
            for (std::size_t segment = 0; segment < pieces_.n_segments(); ++segment)
                for (const Neighbor& neighbor : of_segment_[q * pieces_.n_segments() + segment]) top.show(neighbor);
            answer_.write(metric_, q, top.sorted());
        }
    }

  private:
    [[nodiscard]] bool is_merged() const { return pieces_.n_segments() > 1; }

    const Pieces& pieces_;
    std::size_t k_;
    const Metric& metric_;
    const NearestAnswer& answer_;
    std::vector<std::vector<Neighbor>> of_segment_;  // [query][segment]; empty if there is one
};

}  // namespace hornbeam::neighbors
